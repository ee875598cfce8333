# The authors of messages as three of Python's readers see them. A line in: a message in base64. A line out: JSON,
# the addresses by reader.
import base64, json, sys
from email import message_from_bytes, policy
from email.header import Header
from email.utils import getaddresses, parseaddr


def text_of(value):
    return str(value) if not isinstance(value, Header) else str(value)


def shown(name, address):
    # What has no address shows its name.
    return address if address else name


def by_policy(octets):
    fields = message_from_bytes(octets, policy=policy.default).get_all('from', [])
    return [
        found
        for field in fields
        for group in field.groups
        for found in [group.display_name or ''] * (len(group.addresses) > 1 or not group.addresses)
        + [shown(one.display_name, one.addr_spec if one.domain else one.username) for one in group.addresses]
    ]


def read(octets):
    fields = [text_of(value) for value in message_from_bytes(octets).get_all('from', [])]
    found = {
        'Python getaddresses': [shown(name, address) for name, address in getaddresses(fields)],
        'Python parseaddr': [shown(*parseaddr(field)) for field in fields],
    }
    try:
        found['Python email.policy.default'] = by_policy(octets)
    except Exception:
        # It fails on some fields, and shows no one then.
        found['Python email.policy.default'] = []
    return found


for line in sys.stdin:
    print(json.dumps(read(base64.b64decode(line))), flush=True)
