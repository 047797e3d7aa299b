using System.IO.Pipelines;
using Google.Protobuf;
using Grpc.Core;
using Scheduler.Client.Access;
using Scheduler.Contracts.Fields;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Cli.Copy;

/// <summary>Copies between this machine and a container.</summary>
internal sealed class CopyConversation(InstanceAccess.InstanceAccessClient access, InstanceTarget target, string user, CopyTally tally)
{
    /// <param name="path">In the container.</param>
    /// <param name="local">Path of the copy itself.</param>
    public async Task FetchAsync(string path, string local, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var request = new CopyOutRequest
        {
            ContainerGuid = target.ContainerGuid,
            Path = path,
            User = user,
        };
        using var call = access.CopyOut(request, ClientSession.Endless(ending.Token));
        // A pipe between the two holds little: a slow disk delays the container.
        var pipe = new Pipe();
        var receiving = ReceiveAsync(call.ResponseStream, pipe.Writer, ending.Token);
        try
        {
            // Not before the first byte: a refusal must not leave an empty directory.
            var first = await pipe.Reader.ReadAsync(ending.Token);
            pipe.Reader.AdvanceTo(first.Buffer.Start);
            await Task.Run(() => new ArchiveUnpacker(tally).Unpack(pipe.Reader.AsStream(), local), CancellationToken.None);
            // After the archive there is padding, and what tar could not read.
            await pipe.Reader.AsStream().CopyToAsync(Stream.Null, ending.Token);
        }
        finally
        {
            ending.Cancel();
            await receiving.Ended();
        }
    }

    /// <param name="local">A file or a directory.</param>
    /// <param name="remote">An existing directory to copy into, or the name of the copy.</param>
    public async Task SendAsync(string local, RemotePath remote, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = access.CopyIn(ClientSession.Endless(ending.Token));
        var start = new CopyInStart
        {
            ContainerGuid = target.ContainerGuid,
            Path = remote.Path,
            User = user,
        };
        await call.RequestStream.WriteAsync(new CopyInRequest { Start = start }, ending.Token);
        var ready = await NextAsync(call.ResponseStream, ending.Token);
        var name = ready.Ready is { Into: true } ? Path.GetFileName(Path.GetFullPath(local).TrimEnd('/')) : remote.BaseName;
        try
        {
            await using var archive = new BufferedStream(new RequestStream(call.RequestStream), FieldRules.StreamPieceBytes);
            await ArchivePacker.PackAsync(local, name, archive, tally, ending.Token);
            await archive.FlushAsync(ending.Token);
            await call.RequestStream.CompleteAsync();
        }
        catch (Exception failure)
            when (failure is InvalidOperationException or RpcException or DomainException { Kind: not ErrorKind.InvalidRequest })
        {
            // The cell has ended the call; its answer says why.
            await NextAsync(call.ResponseStream, ending.Token);
            throw;
        }

        await NextAsync(call.ResponseStream, ending.Token);
    }

    private static async Task<CopyInResponse> NextAsync(
        IAsyncStreamReader<CopyInResponse> responses,
        CancellationToken cancellationToken
    ) =>
        await responses.MoveNext(cancellationToken)
            ? responses.Current
            : throw new DomainError(ErrorKind.Unavailable, "the cell ended the call too early").ToException();

    private static async Task ReceiveAsync(
        IAsyncStreamReader<CopyOutResponse> responses,
        PipeWriter writer,
        CancellationToken cancellationToken
    )
    {
        try
        {
            while (await responses.MoveNext(cancellationToken))
                await writer.WriteAsync(responses.Current.Data.Memory, cancellationToken);
            await writer.CompleteAsync();
        }
        catch (Exception failure)
        {
            // The reader of the pipe gets the failure where the bytes end.
            await writer.CompleteAsync(failure);
        }
    }

    /// <summary>Sends what is written to it as pieces of an archive.</summary>
    private sealed class RequestStream(IClientStreamWriter<CopyInRequest> requests) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (!buffer.IsEmpty)
            {
                var piece = buffer[..Math.Min(buffer.Length, FieldRules.StreamPieceBytes)];
                await requests.WriteAsync(new CopyInRequest { Data = ByteString.CopyFrom(piece.Span) }, cancellationToken);
                buffer = buffer[piece.Length..];
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
            // nothing is buffered
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
