"""Signs requests as the AWS CLI does. Reads a JSON list of requests, writes the list of their headers.

Usage: python3 botocore-referee.py REGION ISO-TIME < requests.json
"""
import datetime
import json
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

region, moment = sys.argv[1:3]
now = datetime.datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ")


class FixedDateTime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return now.replace(tzinfo=tz)

    @classmethod
    def utcnow(cls):
        return now


# Its clock; where it is read differs from version to version.
if hasattr(botocore.auth, "get_current_datetime"):
    botocore.auth.get_current_datetime = lambda *_: now
botocore.auth.datetime = type("datetime", (), {"datetime": FixedDateTime, "timezone": datetime.timezone})

answers = []
for request in json.load(sys.stdin):
    credentials = Credentials(request["accessKeyId"], request["secretAccessKey"], request.get("sessionToken"))
    aws_request = AWSRequest(
        method=request["method"], url=request["url"], headers=request["headers"], data=request.get("body")
    )
    botocore.auth.SigV4Auth(credentials, "execute-api", region).add_auth(aws_request)
    answers.append({name.lower(): value for name, value in aws_request.headers.items()})
json.dump(answers, sys.stdout)
