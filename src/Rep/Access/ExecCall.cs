using Google.Protobuf;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Access;

/// <summary>Carries the streams of one command between its process and its caller.</summary>
internal sealed class ExecCall(IAttachedProcess process, Requests<ExecRequest> requests, Responses<ExecResponse> responses, IdleLimit idle)
{
    /// <summary>A pipe hands out at most this much at once.</summary>
    private const int PieceBytes = 64 << 10;

    private readonly InputQueue _input = new();
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>Ends when the command has exited and the caller has everything.</summary>
    /// <param name="hasInput">Whether input will come.</param>
    public async Task RunAsync(bool hasInput, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await WriteAsync(new ExecResponse { Started = new ExecStarted() }, ending.Token);
        if (hasInput)
            await GrantAsync(InputQueue.Window, ending.Token);
        else
            _input.Complete();
        var listening = ListenAsync(ending.Token);
        var feeding = FeedAsync(ending.Token);
        var output = Task.WhenAll(
            PumpAsync(process.Output, piece => new ExecResponse { Output = piece }, ending.Token),
            process.Error is { } error
                ? PumpAsync(error, piece => new ExecResponse { ErrorOutput = piece }, ending.Token)
                : Task.CompletedTask
        );
        try
        {
            // A caller that breaks a rule or goes away ends the command; one that only says no more does not.
            await Waits.EitherAsync(output, listening, ending.Token);
            if (!output.IsCompleted)
                await listening;
            await output;
            var code = await Waits.ForAsync(process.Exit, ending.Token);
            await WriteAsync(new ExecResponse { Exited = new ExecExited { Code = code } }, ending.Token);
        }
        finally
        {
            ending.Cancel();
            await Waits.EndAsync(Task.WhenAll(output, feeding, listening));
        }
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        while (await requests.NextAsync(cancellation) is { } request)
        {
            switch (request.KindCase)
            {
                case ExecRequest.KindOneofCase.Input:
                    idle.Touch();
                    _input.Add(request.Input);
                    break;
                case ExecRequest.KindOneofCase.EndOfInput:
                    _input.Complete();
                    break;
                case ExecRequest.KindOneofCase.Resize:
                    process.Resize(SizeOf(request.Resize));
                    break;
                case ExecRequest.KindOneofCase.Signal:
                    await process.SignalAsync(SignalOf(request.Signal), cancellation);
                    break;
                default:
                    throw DomainError.Invalid("request", "must be input, end_of_input, resize or signal after the first").ToException();
            }
        }

        _input.Complete();
    }

    private async Task FeedAsync(CancellationToken cancellation)
    {
        await _input.DrainAsync(
            async piece => await process.Input.WriteAsync(piece, cancellation),
            bytes => GrantAsync(bytes, cancellation),
            cancellation
        );
        try
        {
            await process.EndInputAsync(cancellation);
        }
        catch (IOException)
        {
            // it has closed its input by itself
        }
    }

    private Task GrantAsync(int bytes, CancellationToken cancellation) =>
        WriteAsync(new ExecResponse { InputCredit = (uint)bytes }, cancellation);

    private async Task PumpAsync(Stream from, Func<ByteString, ExecResponse> wrap, CancellationToken cancellation)
    {
        var buffer = new byte[PieceBytes];
        while (await from.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            // Waits for a slow caller, and the process waits for this.
            await WriteAsync(wrap(ByteString.CopyFrom(buffer, 0, read)), cancellation);
            idle.Touch();
        }
    }

    private async Task WriteAsync(ExecResponse response, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            await responses.WriteAsync(response, cancellation);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <exception cref="DomainException">With <see cref="ErrorKind.InvalidRequest"/>.</exception>
    public static TerminalSize SizeOf(Terminal terminal) =>
        terminal.Columns <= ushort.MaxValue && terminal.Rows <= ushort.MaxValue
            ? new TerminalSize((ushort)terminal.Columns, (ushort)terminal.Rows)
            : throw DomainError.Invalid("terminal", $"must have at most {ushort.MaxValue} columns and rows").ToException();

    private static ProcessSignal SignalOf(int number) =>
        number is >= 1 and <= 64
            ? (ProcessSignal)number
            : throw DomainError.Invalid("signal", "must be the number of a signal, from 1 to 64").ToException();
}
