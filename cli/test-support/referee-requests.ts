/** Requests whose signatures are compared, each with the one that botocore 1.43.11 gives it. */
import { path, withQuery } from '../api/path.ts';

export const REGION = 'eu-west-1';
export const MOMENT = '2026-11-24T09:30:00Z';

const HOST = 'https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com';
const LONG_TERM = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const SESSION = { ...LONG_TERM, sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLETOKEN==' };

export interface RefereeRequest {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signature: string;
}

export const REQUESTS: readonly RefereeRequest[] = [
  {
    ...LONG_TERM,
    method: 'GET',
    url: `${HOST}/servers`,
    headers: {},
    signature: '02c8892e97f433612d1dcce483784b821fe14e7d01bdc69e3a9a0eb545b96f9a',
  },
  {
    ...LONG_TERM,
    method: 'GET',
    url: HOST + path`/servers/${'inbound'}/clients/${'203.0.113.0/24'}`,
    headers: {},
    signature: '8653750058d1fe36af287aed0316677bfa36d5d8da715707d1336b61405ba4d2',
  },
  {
    ...LONG_TERM,
    method: 'GET',
    url: HOST + withQuery('/events', { server: '*', since: '2026-11-23T00:00:00Z', limit: 5 }),
    headers: {},
    signature: '9c990c75b744d077c24efd553ecbb0b64e01a1fb132810b130c159eec9855ca4',
  },
  {
    ...LONG_TERM,
    method: 'GET',
    url: HOST + withQuery('/events', { type: 'login,refusal', identity: "a b+o'neil(x)!@example.com" }),
    headers: {},
    signature: 'a6d308e28d2806a41c2793c35d94f3eb4d75ab5870c50db2ee195969e676a33d',
  },
  {
    ...SESSION,
    method: 'PUT',
    url: HOST + path`/users/${'team/élise@example.com'}`,
    headers: { 'content-type': 'application/json', 'if-none-match': '*' },
    body: '{"servers":["submission"],"note":"é"}',
    signature: 'f5e79c47abb05a1250dc69f703c2e216aa477d0579f9bf8f9f311759da9121b8',
  },
  {
    ...SESSION,
    method: 'DELETE',
    url: `${HOST}/prod${path`/servers/${'inbound'}/domains/${'example.edu'}`}`,
    headers: {},
    signature: '37445ebeab71a8dac6148ecbf28968e0ff5f214dba8f9bc335617a224d922676',
  },
  {
    ...LONG_TERM,
    method: 'GET',
    url: HOST + path`/users/${"o'neil!(x)*~@example.com"}`,
    headers: {},
    signature: '382313ba6308e075eaa826a2688f328159c0974193314c2e0275ffe402b995f4',
  },
];
