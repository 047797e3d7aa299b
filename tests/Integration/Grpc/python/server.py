"""server.py [--unix PATH] [--tls CERTIFICATES]: serves the contract and prints its port. Ends when its standard input does."""
import argparse
import asyncio
import pathlib
import sys

import grpc

import interop
from interop import Message

arguments = argparse.ArgumentParser()
arguments.add_argument("--unix")
arguments.add_argument("--tls")
arguments = arguments.parse_args()

signals = {}


def event(key):
    return signals.setdefault(key, asyncio.Event())


async def wait(key):
    try:
        await asyncio.Event().wait()
    finally:
        event(key).set()


async def fail(context):
    trailers = (("grpc-status-details-bin", interop.failure().SerializeToString()),)
    await context.abort(grpc.StatusCode.NOT_FOUND, interop.FAILURE, trailers)


async def unary(request, context):
    if request.text == "fail":
        await fail(context)
    elif request.text == "headers":
        mine = tuple((key, value) for key, value in context.invocation_metadata() if key.startswith("x-"))
        await context.send_initial_metadata(mine)
        context.set_trailing_metadata(mine)
    elif request.text == "wait":
        await wait(request.data)
    elif request.text == "signalled":
        await event(request.data).wait()
    elif request.text == "size":
        return Message(data=bytes(request.number))
    elif request.text == "timeout":
        return Message(number=int(context.time_remaining() * 1000))
    return request


async def down(request, context):
    # A call can be cancelled before the last message has left, and then nothing after it runs.
    try:
        for number in range(request.number):
            yield Message(number=number, data=request.data)
        if request.text == "wait":
            await asyncio.Event().wait()
    finally:
        if request.text == "wait":
            event(request.data).set()


async def up(requests, context):
    answer = Message()
    async for request in requests:
        answer.number += request.number
        answer.text += request.text
    return answer


async def both(requests, context):
    async for request in requests:
        yield request


def handler(kind, function):
    return getattr(grpc, kind + "_rpc_method_handler")(function, request_deserializer=Message.FromString, response_serializer=Message.SerializeToString)


async def main():
    # By default gRPC's own servers close a connection that is probed more often than every five minutes; ours is, on a slow machine.
    options = [("grpc.http2.min_ping_interval_without_data_ms", 1000), ("grpc.http2.max_ping_strikes", 0)]
    server = grpc.aio.server(compression=grpc.Compression.Gzip, options=options)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("interop.Interop", {
        "Unary": handler("unary_unary", unary),
        "Down": handler("unary_stream", down),
        "Up": handler("stream_unary", up),
        "Both": handler("stream_stream", both),
    }),))
    if arguments.tls:
        folder = pathlib.Path(arguments.tls)
        key, certificate, ca = ((folder / name).read_bytes() for name in ("server.key", "server.crt", "ca.crt"))
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate)], ca, require_client_auth=True))
    elif arguments.unix:
        port = server.add_insecure_port("unix:" + arguments.unix)
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop(None)


asyncio.run(main())
