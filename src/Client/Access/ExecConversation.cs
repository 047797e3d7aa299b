using System.Runtime.InteropServices;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Win32.SafeHandles;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Access;

/// <summary>Connects this program's streams, terminal and signals with one command in a container.</summary>
internal sealed class ExecConversation(InstanceAccess.InstanceAccessClient access, ByteOutput output, ByteOutput error) : IDisposable
{
    private const int PieceBytes = 16 << 10;

    /// <summary>As shells count a program that was ended because nobody read its output.</summary>
    private const int BrokenPipe = 141;

    // Input is bounded by the credit, and the others are few.
    private readonly Channel<ExecRequest> _requests = Channel.CreateUnbounded<ExecRequest>();
    private readonly CancellationTokenSource _leaving = new();
    private readonly Credit _credit = new();

    /// <returns>The exit code of the command.</returns>
    /// <exception cref="DomainException">The command could not be started, or the connection to it was lost; it is then killed.</exception>
    /// <exception cref="OperationCanceledException">This program was told to end.</exception>
    public async Task<int> RunAsync(ExecStart start, CancellationToken cancellationToken)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _leaving.Token);
        using var call = access.Exec(ClientSession.Endless(leaving.Token));
        await call.RequestStream.WriteAsync(new ExecRequest { Start = start }, leaving.Token);
        var sending = SendAsync(call.RequestStream, leaving.Token);
        LocalTerminal? raw = null;
        var signals = new List<PosixSignalRegistration>();
        try
        {
            while (await call.ResponseStream.MoveNext(leaving.Token))
            {
                var response = call.ResponseStream.Current;
                switch (response.KindCase)
                {
                    case ExecResponse.KindOneofCase.Started:
                        if (start is { Terminal: not null, Input: true })
                            raw = LocalTerminal.EnterRawMode();
                        signals.AddRange(Listen(start.Terminal is not null));
                        if (start.Input)
                            _ = ReadInputAsync(leaving.Token); // ends with this program: nothing can end a read from a terminal
                        break;
                    case ExecResponse.KindOneofCase.Output:
                        output.Write(response.Output.Span);
                        break;
                    case ExecResponse.KindOneofCase.ErrorOutput:
                        error.Write(response.ErrorOutput.Span);
                        break;
                    case ExecResponse.KindOneofCase.InputCredit:
                        _credit.Add(response.InputCredit);
                        break;
                    case ExecResponse.KindOneofCase.Exited:
                        return response.Exited.Code;
                }
            }

            throw new DomainError(ErrorKind.Unavailable, "the cell ended the call without an exit code").ToException();
        }
        catch (IOException)
        {
            return BrokenPipe;
        }
        finally
        {
            raw?.Dispose();
            foreach (var signal in signals)
                signal.Dispose();
            _leaving.Cancel();
            await sending.Ended();
        }
    }

    public void Dispose()
    {
        _leaving.Dispose();
        _credit.Dispose();
    }

    private List<PosixSignalRegistration> Listen(bool terminal)
    {
        List<PosixSignalRegistration> signals =
        [
            On(PosixSignal.SIGINT, () => Send(new ExecRequest { Signal = 2 })),
            On(PosixSignal.SIGQUIT, _leaving.Cancel),
            On(PosixSignal.SIGTERM, _leaving.Cancel),
            On(PosixSignal.SIGHUP, _leaving.Cancel),
        ];
        if (terminal)
        {
            signals.Add(On(PosixSignal.SIGWINCH, Resize));
            Resize(); // it may have changed before somebody listened
        }

        return signals;
    }

    private static PosixSignalRegistration On(PosixSignal signal, Action act) =>
        PosixSignalRegistration.Create(
            signal,
            context =>
            {
                context.Cancel = true;
                act();
            }
        );

    private void Resize()
    {
        if (LocalTerminal.Size() is { } size)
            Send(new ExecRequest { Resize = size });
    }

    private void Send(ExecRequest request) => _requests.Writer.TryWrite(request);

    private async Task SendAsync(IClientStreamWriter<ExecRequest> requests, CancellationToken cancellationToken)
    {
        await foreach (var request in _requests.Reader.ReadAllAsync(cancellationToken))
            await requests.WriteAsync(request, cancellationToken);
    }

    private async Task ReadInputAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Not the console's own stream, which edits lines.
            using var handle = new SafeFileHandle(0, ownsHandle: false);
            await using var input = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            var buffer = new byte[PieceBytes];
            while (true)
            {
                var most = await _credit.AtMostAsync(buffer.Length, cancellationToken);
                var read = await input.ReadAsync(buffer.AsMemory(0, most), cancellationToken);
                if (read == 0)
                    break;
                _credit.Take(read);
                Send(new ExecRequest { Input = ByteString.CopyFrom(buffer, 0, read) });
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Such as a standard input that is closed: there is no more of it, and the command learns that.
        }

        Send(new ExecRequest { EndOfInput = true });
    }
}
