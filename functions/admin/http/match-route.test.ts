import { describe, expect, it } from 'vitest';
import { matchRoute } from './match-route.ts';

const ROUTES = [
  'GET /servers',
  'GET /servers/{server}',
  'PUT /servers/{server}',
  'GET /servers/{server}/clients',
  'GET /servers/{server}/clients/{cidr+}',
  'GET /users/{user+}',
  'GET /users/{user}/password',
];

describe('matchRoute', () => {
  it.each([
    ['GET', '/servers', 'GET /servers', {}],
    ['GET', '/servers/mx1', 'GET /servers/{server}', { server: 'mx1' }],
    ['PUT', '/servers/a%20b%2Fc', 'PUT /servers/{server}', { server: 'a b/c' }],
    ['GET', '/servers/mx1/clients', 'GET /servers/{server}/clients', { server: 'mx1' }],
    [
      'GET',
      '/servers/x/clients/10.0.0.0/8',
      'GET /servers/{server}/clients/{cidr+}',
      { server: 'x', cidr: '10.0.0.0/8' },
    ],
    [
      'GET',
      '/servers/x/clients/10.0.0.0%2F8',
      'GET /servers/{server}/clients/{cidr+}',
      { server: 'x', cidr: '10.0.0.0/8' },
    ],
    // The more is said, the sooner a route is taken.
    ['GET', '/users/alice/password', 'GET /users/{user}/password', { user: 'alice' }],
    ['GET', '/users/alice/other', 'GET /users/{user+}', { user: 'alice/other' }],
  ])('%s %s is %s', (method, path, routeKey, pathParameters) => {
    expect(matchRoute(ROUTES, method, path)).toEqual({ routeKey, pathParameters });
  });

  it.each([
    ['DELETE', '/servers'],
    ['GET', '/'],
    ['GET', ''],
    ['GET', '/server'],
    ['GET', '/servers/'],
    ['GET', '/servers/mx1/'],
    ['GET', '/servers/mx1/domains'],
    ['get', '/servers'],
  ])('%s %s is none', (method, path) => {
    expect(matchRoute(ROUTES, method, path)).toBeUndefined();
  });

  it('throws for a percent sign that stands for nothing', () => {
    expect(() => matchRoute(ROUTES, 'GET', '/servers/%zz')).toThrow(URIError);
  });
});
