using Google.Protobuf;
using Grpc.Core;
using Scheduler.Contracts.Fields;
using Scheduler.Models;

namespace Scheduler.Rep.Access;

/// <summary>The requests of one call, each checked against the rules of its fields.</summary>
internal sealed class Requests<T>(IAsyncStreamReader<T> stream)
    where T : class, IMessage
{
    /// <summary>The next request; null when the caller has completed its side.</summary>
    /// <exception cref="DomainException">With <see cref="ErrorKind.InvalidRequest"/>.</exception>
    public async Task<T?> NextAsync(CancellationToken cancellation)
    {
        if (!await stream.MoveNext(cancellation))
            return null;
        RequestFields.Require(stream.Current);
        return stream.Current;
    }

    /// <summary>The first request, which says what the call is about.</summary>
    /// <param name="startOf">Its content; null if it is another kind of request.</param>
    /// <exception cref="DomainException">With <see cref="ErrorKind.InvalidRequest"/> if there is none.</exception>
    public async Task<TStart> StartAsync<TStart>(Func<T, TStart?> startOf, CancellationToken cancellation)
        where TStart : class =>
        await NextAsync(cancellation) is { } first && startOf(first) is { } start
            ? start
            : throw DomainError.Invalid("start", "must be the first request").ToException();
}
