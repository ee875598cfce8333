"""Prints what Python's email package sees in each message of a folder: a line of JSON a file, in the order of names."""

import base64
import email
import email.policy
import json
import os
import sys


def seen_by(policy, octets):
    names, payloads = [], []
    message = email.message_from_bytes(octets, policy=policy)
    for part in message.walk():
        try:
            name = part.get_filename()
            if name:
                names.append(str(name))
        except Exception:
            pass
        try:
            payload = part.get_payload(decode=True)
            if payload:
                payloads.append(payload)
        except Exception:
            pass
    return names, payloads


def main(folder):
    for file in sorted(os.listdir(folder)):
        with open(os.path.join(folder, file), "rb") as source:
            octets = source.read()
        names, payloads = [], []
        for policy in (email.policy.compat32, email.policy.default):
            try:
                more_names, more_payloads = seen_by(policy, octets)
            except Exception:
                continue
            names += more_names
            payloads += more_payloads
        encoded = [base64.b64encode(payload).decode("ascii") for payload in payloads]
        print(json.dumps({"names": names, "payloads": encoded}))


main(sys.argv[1])
