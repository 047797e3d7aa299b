using System.Threading.Channels;
using Google.Protobuf;
using Scheduler.Models;

namespace Scheduler.Rep.Access;

/// <summary>
/// Input on its way to a process. The caller may send only what it was granted, so that a process that does not read its input delays
/// neither signals nor the end of the call, and fills no memory.
/// </summary>
internal sealed class InputQueue
{
    /// <summary>Bytes that may be on their way: what a pipe holds, so that a fast reader never waits for a grant.</summary>
    public const int Window = 64 << 10;

    private readonly Channel<ByteString> _pieces = Channel.CreateUnbounded<ByteString>(new UnboundedChannelOptions { SingleReader = true });
    private int _granted = Window;

    /// <exception cref="DomainException">With <see cref="ErrorKind.InvalidRequest"/>: more than was granted.</exception>
    public void Add(ByteString piece)
    {
        if (Interlocked.Add(ref _granted, -piece.Length) < 0)
            throw DomainError.Invalid("input", $"must not exceed what was granted: {Window} bytes on their way").ToException();
        if (!piece.IsEmpty)
            _pieces.Writer.TryWrite(piece);
    }

    /// <summary>No more input follows.</summary>
    public void Complete() => _pieces.Writer.TryComplete();

    /// <summary>Hands all input on, in order, until the end of it.</summary>
    /// <param name="take">Hands one piece to the process.</param>
    /// <param name="grant">Tells the caller that so many more bytes may be sent.</param>
    public async Task DrainAsync(Func<ReadOnlyMemory<byte>, Task> take, Func<int, Task> grant, CancellationToken cancellation)
    {
        var deaf = false;
        await foreach (var piece in _pieces.Reader.ReadAllAsync(cancellation))
        {
            try
            {
                if (!deaf)
                    await take(piece.Memory);
            }
            catch (IOException)
            {
                deaf = true; // it has closed its input: what still comes is for nobody
            }

            Interlocked.Add(ref _granted, piece.Length);
            await grant(piece.Length);
        }
    }
}
