import { DovecotAuth } from './dovecot-auth.ts';
import { PostfixSubject } from '../differential/postfix-subject.ts';
import { SmtpClient } from '../support/smtp-client.ts';
const d = await DovecotAuth.start('pw', ['plain','login','cram-md5','digest-md5','anonymous','scram-sha-1','scram-sha-256','xoauth2','oauthbearer']);
const p = await PostfixSubject.start({smtpd_sasl_auth_enable: 'yes', smtpd_sasl_type: 'dovecot', smtpd_sasl_path: `inet:127.0.0.1:${d.port}`, smtpd_sasl_security_options: '', smtpd_tls_auth_only:'no', line_length_limit: '20480'});
const c = await SmtpClient.connect(p.port);
console.log(await c.reply(), await c.command('EHLO x'));
for (const n of [0, 3000, 5000, 6000, 8000, 9000]) {
  const t = d.newToken('alice@example.com', n);
  const c = await SmtpClient.connect(p.port);
  await c.reply(); await c.command('EHLO x');
  const i = Buffer.from(`user=alice@example.com\x01auth=Bearer ${t}\x01\x01`).toString('base64');
  console.log(n, t.length, i.length, await c.command('AUTH XOAUTH2 ' + i).catch(String));
  c.destroy();
}
const c2 = await SmtpClient.connect(p.port);
  await c2.reply(); await c2.command('EHLO x');
console.log(await c2.command('AUTH XOAUTH2 ' + Buffer.from(`user=alice@example.com\x01auth=Bearer abc\x01\x01`).toString('base64')));
console.log(await c2.command(''));
import { execSync } from 'node:child_process';
console.log(execSync('tail -n 30 /tmp/postern-dovecot-*/log /tmp/postern-postfix-*/maillog').toString());
c.destroy();c2.destroy();
await p.stop(); await d.stop();
