using System.Text;
using Scheduler.Messaging;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Messaging;

public sealed class LocalBrokerTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _received = [];
    private readonly List<Task> _running = [];
    private readonly LocalBroker _broker = new(queueLength: 2);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    [Fact]
    public async Task Delivers_to_others_that_are_connected_and_subscribed_in_order()
    {
        var (sender, receiver) = (_broker.CreateClient(), _broker.CreateClient());
        Listen(receiver, "router.*");
        Listen(sender, "router.*");
        Assert.False(await SendAsync(sender, "router.register", "before"));
        Run(sender);
        Assert.True(await SendAsync(sender, "router.register", "nobody listens"));
        Run(receiver);
        for (var i = 0; i < 10; i++)
            Assert.True(await SendAsync(sender, i % 2 == 0 ? "router.register" : "router.unregister", $"{i}"));
        await SendAsync(sender, "router.register.more", "another subject");
        await SendAsync(sender, "router", "another subject");
        await SendAsync(sender, "service-discovery.register", "another subject");
        await SendAsync(sender, "router.register", "last");
        await Wait.UntilAsync(() => Received().LastOrDefault() == "last");
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "last"], Received());
    }

    [Fact]
    public async Task An_answer_reaches_the_asker()
    {
        var (asker, answerer) = (_broker.CreateClient(), _broker.CreateClient());
        Listen(asker, "_INBOX.1");
        answerer.Subscribe(
            "router.greet",
            async (message, cancel) => await answerer.PublishAsync(message.ReplyTo!, null, Encoding.UTF8.GetBytes("hello"), cancel)
        );
        Run(answerer);
        Run(asker);
        await asker.PublishAsync("router.greet", "_INBOX.1", ReadOnlyMemory<byte>.Empty, _stop.Token);
        await Wait.UntilAsync(() => Received().Contains("hello"));
    }

    [Fact]
    public async Task A_receiver_that_ends_does_not_hold_up_its_senders()
    {
        var (sender, receiver) = (_broker.CreateClient(), _broker.CreateClient());
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        receiver.Subscribe(
            "x",
            async (_, cancel) =>
            {
                begun.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
            }
        );
        Run(sender);
        var run = receiver.RunAsync(ending.Token);
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 10; i++)
                await SendAsync(sender, "x", "any");
        });
        await begun.Task;
        Assert.True(receiver.IsConnected);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await sending.WaitAsync(Wait.Patience, TimeProvider.System);
        Assert.False(receiver.IsConnected);
    }

    private void Listen(IMessageBus bus, string subject) =>
        bus.Subscribe(
            subject,
            (message, _) =>
            {
                lock (_received)
                    _received.Add(Encoding.UTF8.GetString(message.Payload.Span));
                return ValueTask.CompletedTask;
            }
        );

    private string[] Received()
    {
        lock (_received)
            return [.. _received];
    }

    private void Run(IMessageBus bus) => _running.Add(bus.RunAsync(_stop.Token));

    private ValueTask<bool> SendAsync(IMessageBus bus, string subject, string text) =>
        bus.PublishAsync(subject, null, Encoding.UTF8.GetBytes(text), _stop.Token);
}
