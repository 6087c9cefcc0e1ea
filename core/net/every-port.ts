/** Stands in the place of a port for "this address answers on every port". No service can listen on it. */
export const EVERY_PORT = 0;
