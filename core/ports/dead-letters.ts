/** Where one queue's messages go that can never be processed: kept for a person, with the reason. */
export interface DeadLetters {
  /** Resolves once the letter is kept. `body` is what was received, unread. */
  keep(letter: { messageId: string; body: string; reason: string }): Promise<void>;
}
