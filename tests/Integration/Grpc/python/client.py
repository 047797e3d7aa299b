"""client.py TARGET CHECK [IDENTITY]: makes one check against the server under test; exit code 0 if it holds.

IDENTITY.crt and IDENTITY.key are the certificate to show, if there are such files; ca.crt beside them is the authority.
"""
import pathlib
import sys

import grpc
from google.protobuf import descriptor_pb2

import interop
from interop import Message

target, check = sys.argv[1], sys.argv[2]
MINUTE = 60
OPTIONS = [("grpc.use_local_subchannel_pool", 1)]


def connect():
    if len(sys.argv) > 3:
        identity = pathlib.Path(sys.argv[3])
        shown = [identity.with_name(identity.name + end) for end in (".key", ".crt")]
        own = [file.read_bytes() for file in shown] if shown[0].exists() else [None, None]
        credentials = grpc.ssl_channel_credentials((identity.parent / "ca.crt").read_bytes(), *own)
        return grpc.secure_channel(target, credentials, OPTIONS + [("grpc.ssl_target_name_override", "localhost")])
    return grpc.insecure_channel(target, OPTIONS)


channel = connect()


def method(kind, path, request=Message, response=Message):
    raw = request is bytes
    return getattr(channel, kind)(path, request_serializer=None if raw else request.SerializeToString, response_deserializer=response.FromString)


unary = method("unary_unary", "/interop.Interop/Unary")
down = method("unary_stream", "/interop.Interop/Down")
up = method("stream_unary", "/interop.Interop/Up")
both = method("stream_stream", "/interop.Interop/Both")


def expect(actual, wanted):
    if actual != wanted:
        raise AssertionError(f"{actual!r} instead of {wanted!r}")


def fails(code, call):
    try:
        call()
    except grpc.RpcError as error:
        expect(error.code(), code)
        return error
    raise AssertionError(f"no failure instead of {code}")


def check_kinds():
    sent = Message(text="hello", data=b"\0\1\2", number=-7)
    expect(unary(sent, timeout=MINUTE), sent)
    expect(unary(Message(), timeout=MINUTE), Message())
    expect([m.number for m in down(Message(number=100, data=b"x" * 1000), timeout=MINUTE)], list(range(100)))
    expect(list(down(Message(number=0), timeout=MINUTE)), [])
    answer = up((Message(number=n, text="a") for n in range(100)), timeout=MINUTE)
    expect((answer.number, answer.text), (4950, "a" * 100))
    expect([m.number for m in both((Message(number=n) for n in range(100)), timeout=MINUTE)], list(range(100)))


def check_deadline():
    # The core rounds a timeout up to three digits, so slightly more than a minute is sent as 601 tenths of a second.
    left = unary(Message(text="timeout"), timeout=MINUTE).number
    expect((left, left in range(1, 60101)), (left, True))
    fails(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: unary(Message(text="wait", data=b"python deadline"), timeout=0.3))
    unary(Message(text="signalled", data=b"python deadline"), timeout=MINUTE)


def check_cancelled():
    call = down(Message(text="wait", data=b"python cancel", number=1), timeout=MINUTE)
    next(call)
    call.cancel()
    fails(grpc.StatusCode.CANCELLED, lambda: next(call))
    unary(Message(text="signalled", data=b"python cancel"), timeout=MINUTE)


def check_metadata():
    sent = (("x-text", "one"), ("x-data-bin", b"\0\xff\x80"))
    _, call = unary.with_call(Message(text="headers"), metadata=sent, timeout=MINUTE)
    for received in (call.initial_metadata(), call.trailing_metadata()):
        expect(sorted((k, v) for k, v in received if k.startswith("x-")), sorted(sent))


def check_details():
    error = fails(grpc.StatusCode.NOT_FOUND, lambda: unary(Message(text="fail"), timeout=MINUTE))
    expect(error.details(), interop.FAILURE)
    status = interop.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    expect(status, interop.failure())


def check_compressed():
    sent = Message(data=b"z" * 100_000)
    expect(unary(sent, compression=grpc.Compression.Gzip, timeout=MINUTE), sent)
    # The server returns the encoding of the request.
    expect(unary(Message(text="encoding"), compression=grpc.Compression.Gzip, timeout=MINUTE).text, "gzip")


def check_large():
    sent = Message(data=bytes(range(256)) * (3 * 4096))
    expect(unary(sent, timeout=MINUTE), sent)
    expect([len(m.data) for m in both((sent for _ in range(3)), timeout=MINUTE)], [3 << 20] * 3)


def check_oversize():
    for size in (5 << 20, 100 << 20):
        fails(grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: unary(Message(data=bytes(size)), timeout=MINUTE))
    check_kinds()


def check_malformed():
    raw = method("unary_unary", "/interop.Interop/Unary", request=bytes)
    fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: raw(b"\xff\xff\xff\xff", timeout=MINUTE))
    check_kinds()


def check_health():
    call = method("unary_unary", "/grpc.health.v1.Health/Check", interop.HealthCheckRequest, interop.HealthCheckResponse)
    expect(call(interop.HealthCheckRequest(), timeout=MINUTE).status, 1)
    fails(grpc.StatusCode.NOT_FOUND, lambda: call(interop.HealthCheckRequest(service="nobody"), timeout=MINUTE))


def check_reflection():
    for version in ("v1", "v1alpha"):
        ask = method("stream_stream", f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo", interop.ReflectionRequest, interop.ReflectionResponse)
        listed, found, unknown = ask(iter([
            interop.ReflectionRequest(list_services="*"),
            interop.ReflectionRequest(file_containing_symbol="scheduler.v1.DomainService"),
            interop.ReflectionRequest(file_by_filename="nothing.proto"),
        ]), timeout=MINUTE)
        expect("scheduler.v1.DomainService" in [service.name for service in listed.services.service], True)
        file = descriptor_pb2.FileDescriptorProto.FromString(found.files.file_descriptor_proto[0])
        expect("DomainService" in [service.name for service in file.service], True)
        expect(unknown.error.error_code, 5)


upsert = method("unary_unary", "/scheduler.v1.DomainService/Upsert")


def check_allowed():
    upsert(Message(), timeout=MINUTE)


def check_refused():
    method("unary_unary", "/scheduler.v1.DomainService/List")(Message(), timeout=MINUTE)
    error = fails(grpc.StatusCode.PERMISSION_DENIED, lambda: upsert(Message(), timeout=MINUTE))
    status = interop.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    expect(interop.Error.FromString(status.details[0].value).type, 105)


def check_unconnected():
    fails(grpc.StatusCode.UNAVAILABLE, lambda: upsert(Message(), timeout=MINUTE))


globals()["check_" + check]()
channel.close()
