using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Scheduler.Rep.Access;

namespace Scheduler.Tests.Unit.Rep.Access;

public sealed class ResponsesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly HeldWriter _caller = new();
    private readonly CancellationTokenSource _call = new();

    [Fact]
    public async Task A_write_that_has_begun_outlives_the_end_of_its_call()
    {
        var write = new Responses<string>(_caller, _time).WriteAsync("one", _call.Token);
        await _call.CancelAsync();
        _time.Advance(Responses<string>.Grace - TimeSpan.FromMilliseconds(1));
        Assert.False(_caller.Reset.IsCancellationRequested);

        _caller.Reads();
        await write;
        Assert.Equal(["one"], _caller.Got);
    }

    [Fact]
    public async Task A_caller_that_does_not_read_is_reset_after_a_while()
    {
        var write = new Responses<string>(_caller, _time).WriteAsync("one", _call.Token);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(_caller.Reset.IsCancellationRequested);
        await _call.CancelAsync();
        _time.Advance(Responses<string>.Grace);

        Assert.True(_caller.Reset.IsCancellationRequested);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
    }

    [Fact]
    public async Task Nothing_is_written_after_the_end_of_the_call()
    {
        await _call.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new Responses<string>(_caller, _time).WriteAsync("one", _call.Token));
        Assert.False(_caller.Began);
    }

    /// <summary>A caller that takes nothing until it reads. As in gRPC, to cancel a write resets the call.</summary>
    private sealed class HeldWriter : IServerStreamWriter<string>
    {
        private readonly TaskCompletionSource _reads = new();

        public WriteOptions? WriteOptions { get; set; }

        public CancellationToken Reset { get; private set; }

        public bool Began { get; private set; }

        public List<string> Got { get; } = [];

        public void Reads() => _reads.SetResult();

        public Task WriteAsync(string message) => WriteAsync(message, CancellationToken.None);

        public async Task WriteAsync(string message, CancellationToken cancellationToken)
        {
            (Began, Reset) = (true, cancellationToken);
            await _reads.Task.WaitAsync(cancellationToken);
            Got.Add(message);
        }
    }
}
