"""Calls AWS operations by botocore as it is told on standard input, one JSON object a line, and prints the answers.

The botocore that is there may be older than the models: what it does not know is left out of the input, and of the
reply that it is expected to read.
"""

import base64
import datetime
import json
import sys

import botocore.config
import botocore.session

session = botocore.session.get_session()
session.set_credentials("sandbox", "sandbox")
clients = {}


def client_for(service, url):
    if service not in clients:
        clients[service] = session.create_client(
            service,
            region_name="us-east-1",
            endpoint_url=url,
            config=botocore.config.Config(
                retries={"total_max_attempts": 1}, parameter_validation=False, inject_host_prefix=False
            ),
        )
    return clients[service]


def from_json(value):
    if isinstance(value, list):
        return [from_json(one) for one in value]
    if isinstance(value, dict):
        if "$date" in value:
            return datetime.datetime.fromtimestamp(value["$date"] / 1000, datetime.timezone.utc)
        if "$bytes" in value:
            return base64.b64decode(value["$bytes"])
        return {key: from_json(one) for key, one in value.items()}
    return value


def to_json(value):
    if isinstance(value, (list, tuple)):
        return [to_json(one) for one in value]
    if isinstance(value, dict):
        return {key: to_json(one) for key, one in value.items() if key != "ResponseMetadata"}
    if isinstance(value, datetime.datetime):
        return {"$date": round(value.timestamp() * 1000)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    return value


def known(value, shape):
    """What of a value a shape of botocore's knows, as that shape has it."""
    if shape.type_name == "structure" and isinstance(value, dict) and "$date" not in value:
        members = {
            key: known(one, shape.members[key]) for key, one in value.items() if key in shape.members
        }
        return {key: one for key, one in members.items() if one not in ({}, [])}
    if shape.type_name == "list":
        return [one for one in (known(one, shape.member) for one in value) if one not in ({}, [])]
    if shape.type_name == "map":
        return {key: known(one, shape.value) for key, one in value.items()}
    if shape.type_name == "string" and isinstance(value, (int, float)):
        return str(value)
    return value


for line in sys.stdin:
    call = json.loads(line)
    try:
        client = client_for(call["service"], call["url"])
        names = {name: method for method, name in client.meta.method_to_api_mapping.items()}
        if call["operation"] not in names:
            print(json.dumps({"unknown": True}), flush=True)
            continue
        model = client.meta.service_model.operation_model(call["operation"])
        sent = known(call["input"], model.input_shape) if model.input_shape else {}
        expected = known(call["reply"], model.output_shape) if model.output_shape else {}
        answer = to_json(getattr(client, names[call["operation"]])(**from_json(sent)))
        print(json.dumps({"sent": sent, "output": answer, "expected": expected}), flush=True)
    except Exception as error:  # said to the test, which fails with it
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
