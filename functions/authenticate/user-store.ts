/** Where `authenticate` finds users. */
export interface UserStore {
  /**
   * The attributes of the user with this key (`userKey`), not parsed; `undefined` when there is none.
   * Rejects when the store does not answer.
   */
  find(user: string): Promise<unknown>;
}
