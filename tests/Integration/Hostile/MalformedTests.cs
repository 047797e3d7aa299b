using Scheduler.Models;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Hostile;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Hostile;

/// <summary>Invalid protobuf bytes are the caller's error and are reported as such.</summary>
public sealed class MalformedTests : IAsyncLifetime
{
    private BbsHost _bbs = null!;

    public async ValueTask InitializeAsync() => _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1");

    public async ValueTask DisposeAsync() => await _bbs.DisposeAsync();

    public static TheoryData<string, byte[]> Malformed =>
        new()
        {
            // A length beyond the end, an unterminated group, field zero, an unterminated varint, an invalid wire type.
            { "Get", [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07] },
            { "Get", [0x0B] },
            { "Get", [0x00] },
            { "Get", [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] },
            { "Get", [0x0F] },
            // Half a surrogate pair in a string.
            { "Get", [0x0A, 0x03, 0xED, 0xA0, 0x80] },
            // A malformed request of a streaming call.
            { "List", [0x0A, 0x05, 0x61] },
            // Nested actions, far deeper than the parser allows.
            { "Desire", Deep(200) },
        };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Is_an_invalid_request(string method, byte[] request)
    {
        Assert.Equal(ErrorKind.InvalidRequest, await StatusAsync(method, request));
        Assert.Equal(ErrorKind.ResourceNotFound, await StatusAsync("Get", [0x0A, 0x01, 0x61]));
    }

    private async Task<ErrorKind?> StatusAsync(string name, byte[] request)
    {
        ErrorKind? status = null;
        // On a stalled machine a BBS can lose its term; it then wins the next one.
        await Wait.UntilAsync(async () => (status = await AnswerAsync(name, request)) is not ErrorKind.NotActive);
        return status;
    }

    private async Task<ErrorKind?> AnswerAsync(string name, byte[] request)
    {
        var method = FuzzedMethod.All.Single(method => method.Method.FullName == $"/scheduler.v1.DesiredLRPService/{name}");
        try
        {
            if (!method.Descriptor.IsServerStreaming)
            {
                await _bbs.Invoker.AsyncUnaryCall(method.Method, null, default, request);
                return null;
            }

            using var call = _bbs.Invoker.AsyncServerStreamingCall(method.Method, null, default, request);
            await call.ResponseStream.MoveNext(CancellationToken.None);
            return null;
        }
        catch (DomainException failure)
        {
            return failure.Kind;
        }
    }

    // desired_lrp.action, then try_action.action repeatedly.
    private static byte[] Deep(int levels)
    {
        byte[] inner = [];
        for (var i = 0; i < levels; i++)
            inner = [.. Field(6, Field(1, inner))];
        return Field(1, Field(7, inner));
    }

    private static byte[] Field(int number, byte[] content)
    {
        var length = content.Length;
        var bytes = new List<byte> { (byte)((number << 3) | 2) };
        for (; length > 0x7F; length >>= 7)
            bytes.Add((byte)((length & 0x7F) | 0x80));
        bytes.Add((byte)length);
        return [.. bytes, .. content];
    }
}
