using System.IO.Pipelines;

namespace Scheduler.Rep.Runtime.Simulated;

/// <summary>A simulated process with somebody attached: a fixed answer, and its input back as output if that is its plan.</summary>
internal sealed class SimulatedSession : IAttachedProcess
{
    private readonly Pipe _input = new();
    private readonly Pipe _output = new();
    private readonly Pipe _error = new();
    private readonly TaskCompletionSource<int> _signalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SimulatedAnswer _answer;

    public SimulatedSession(SimulatedAnswer answer, bool terminal)
    {
        _answer = answer;
        Input = _input.Writer.AsStream();
        Output = _output.Reader.AsStream();
        Error = terminal ? null : _error.Reader.AsStream();
        Exit = RunAsync(terminal ? _output : _error);
    }

    public Stream Input { get; }

    public Stream Output { get; }

    public Stream? Error { get; }

    public Task<int> Exit { get; }

    public ValueTask EndInputAsync(CancellationToken cancellation) => _input.Writer.CompleteAsync();

    public void Resize(TerminalSize size)
    {
        // nothing draws on it
    }

    public Task<bool> SignalAsync(ProcessSignal signal, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var isFirst = _signalled.TrySetResult(128 + (int)signal);
        // After that: the reader looks at it when it wakes up, and would otherwise wait again.
        _input.Reader.CancelPendingRead();
        return Task.FromResult(isFirst);
    }

    public async ValueTask DisposeAsync()
    {
        await SignalAsync(ProcessSignal.Kill, CancellationToken.None);
        // Readers that are gone let go of a writer that waits for them.
        await _output.Reader.CompleteAsync();
        await _error.Reader.CompleteAsync();
        await Exit;
    }

    private async Task<int> RunAsync(Pipe error)
    {
        await error.Writer.WriteAsync(System.Text.Encoding.UTF8.GetBytes(_answer.Error));
        await _output.Writer.WriteAsync(System.Text.Encoding.UTF8.GetBytes(_answer.Output));
        while (_answer.Echoes && !_signalled.Task.IsCompleted)
        {
            var read = await _input.Reader.ReadAsync();
            foreach (var part in read.Buffer)
                await _output.Writer.WriteAsync(part);
            _input.Reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
        }

        await _input.Reader.CompleteAsync();
        await _output.Writer.CompleteAsync();
        await _error.Writer.CompleteAsync();
        return _signalled.Task.IsCompleted ? await _signalled.Task : _answer.ExitCode;
    }
}
