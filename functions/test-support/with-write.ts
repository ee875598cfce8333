/** A store whose `write` is the test's; all else is the store's own. */
export function withWrite<S extends { readonly write: unknown }>(store: S, write: S['write']): S {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'write') return write;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
