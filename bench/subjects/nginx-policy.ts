/** What nginx's policy service answers (ngx_mail_auth_http_module). */
import { LOGIN } from '../identity.ts';

/** Relay domains of the benchmark, all of them. */
const RELAY_DOMAIN = /^RCPT TO:<[^>]*@(?:[a-z0-9-]+\.)?bench\.example>/i;

/** The whole HTTP response to a whole request. */
export function decide(request: string, target: { readonly host: string; readonly port: number }): string {
  const field = (name: string): string => new RegExp(`^${name}: (.*)\r$`, 'im').exec(request)?.[1] ?? '';
  const isNobody = field('Auth-Method') === 'none';
  if (isNobody && !RELAY_DOMAIN.test(field('Auth-SMTP-To'))) return refused('Relay access denied', '550 5.7.1');
  if (!isNobody && !isLogin(field('Auth-User'), field('Auth-Pass')))
    return refused('Authentication failed', '535 5.7.8');
  return `HTTP/1.0 200 OK\r\nAuth-Status: OK\r\nAuth-Server: ${target.host}\r\nAuth-Port: ${target.port}\r\n\r\n`;
}

/** nginx escapes blanks and percent signs. */
function isLogin(username: string, password: string): boolean {
  return decodeURIComponent(username) === LOGIN.username && decodeURIComponent(password) === LOGIN.password;
}

function refused(status: string, code: string): string {
  return `HTTP/1.0 200 OK\r\nAuth-Status: ${status}\r\nAuth-Error-Code: ${code}\r\n\r\n`;
}
