const MAX_SUBJECT_CHARACTERS = 100;

/** SNS takes ASCII without control characters, 1-100 of it, not starting with a space. */
export function snsSubject(text: string): string {
  const subject = text.replaceAll(/[^\x20-\x7E]+/g, '?');
  return subject.length <= MAX_SUBJECT_CHARACTERS ? subject : `${subject.slice(0, MAX_SUBJECT_CHARACTERS - 3)}...`;
}

/**
 * An attribute takes the characters of a message body and no others; the owner's name, of which a group is made, may have others. Source:
 * Amazon SNS developer guide, message attributes.
 */
export function snsAttribute(value: string): { DataType: 'String'; StringValue: string } {
  const taken = value.replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '?');
  return { DataType: 'String', StringValue: taken };
}
