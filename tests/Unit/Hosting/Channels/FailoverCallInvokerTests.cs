using System.Net.Sockets;
using Grpc.Core;
using Scheduler.Contracts.Errors;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Hosting.Channels;

public sealed class FailoverCallInvokerTests
{
    private static readonly ChannelOptions Options = new()
    {
        FailoverPause = TimeSpan.FromMilliseconds(1),
        FailoverPatience = TimeSpan.FromSeconds(30),
    };
    private static readonly RpcException Standby = ErrorMapping.ToRpcException(
        new DomainError(ErrorKind.NotActive, "the active one is elsewhere")
    );
    private static readonly RpcException Refused = new(
        new Status(
            StatusCode.Unavailable,
            "Error starting gRPC call.",
            new HttpRequestException("refused", new SocketException((int)SocketError.ConnectionRefused))
        )
    );
    private static readonly RpcException NotConnected = new(
        new Status(
            StatusCode.Unavailable,
            "Error starting gRPC call.",
            new HttpRequestException(HttpRequestError.ConnectionError, "no connection")
        )
    );
    private static readonly RpcException NoSubchannel = new(
        new Status(StatusCode.Unavailable, "Error connecting to subchannel.", new SocketException((int)SocketError.ConnectionRefused))
    );
    private static readonly RpcException Broken = new(new Status(StatusCode.Unavailable, "the connection broke"));

    [Fact]
    public async Task Finds_the_active_one_and_stays_with_it()
    {
        var (standby, active) = (new FakeEndpoint(Standby), new FakeEndpoint());
        var tasks = Client(standby, active);

        await tasks.DesireAsync(new DesireTaskRequest());
        await tasks.DesireAsync(new DesireTaskRequest());

        Assert.Equal((1, 2), (standby.Calls, active.Calls));
    }

    public static TheoryData<RpcException> Unconnected => [Refused, NotConnected, NoSubchannel];

    [Theory]
    [MemberData(nameof(Unconnected))]
    public async Task Repeats_a_write_for_which_no_connection_came_about(RpcException failure)
    {
        var (dark, active) = (new FakeEndpoint(failure), new FakeEndpoint());

        await Client(dark, active).DesireAsync(new DesireTaskRequest());

        Assert.Equal((1, 1), (dark.Calls, active.Calls));
    }

    /// <summary>A machine that loses power says nothing: its connection is found dead, which has a status of its own.</summary>
    [Theory]
    [InlineData(StatusCode.Internal, 1, 1)]
    [InlineData(StatusCode.Cancelled, 1, 1)]
    [InlineData(StatusCode.Unavailable, 1, 1)]
    [InlineData(null, 2, 0)]
    public async Task The_next_stream_goes_elsewhere_unless_the_last_one_was_answered(StatusCode? end, int first, int second)
    {
        var failure = end is { } code
            ? new RpcException(new Status(code, "dead"))
            : ErrorMapping.ToRpcException(new DomainError(ErrorKind.RevisionGone, "no"));
        var endpoints = new[] { new FakeEndpoint(failure), new FakeEndpoint() };
        var impatient = Options with { FailoverPatience = TimeSpan.Zero };
        var events = new EventService.EventServiceClient(new FailoverCallInvoker(endpoints, impatient, TimeProvider.System));
        await Assert.ThrowsAsync<RpcException>(() => events.Follow(new FollowRequest()).ResponseStream.MoveNext(CancellationToken.None));

        Assert.False(await events.Follow(new FollowRequest()).ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal((first, second), (endpoints[0].Calls, endpoints[1].Calls));
    }

    [Fact]
    public async Task Looks_again_until_a_standby_has_taken_over()
    {
        var (dead, standby) = (new FakeEndpoint(Refused, Refused, Refused, Refused), new FakeEndpoint(Standby, Standby));

        await Client(dead, standby).DesireAsync(new DesireTaskRequest());

        Assert.Equal(3, standby.Calls);
    }

    [Fact]
    public void Pauses_after_each_round_of_all_addresses() =>
        VirtualWorld.Run(async world =>
        {
            var (first, second) = (
                new FakeEndpoint([.. Enumerable.Repeat(Standby, 100)]),
                new FakeEndpoint([.. Enumerable.Repeat(Standby, 100)])
            );
            var options = Options with { FailoverPause = TimeSpan.FromSeconds(1) };
            var call = new TaskService.TaskServiceClient(new FailoverCallInvoker([first, second], options, world.Time)).DesireAsync(
                new DesireTaskRequest()
            );

            await world.AdvanceAsync(9.5);

            // 1 s, 1.5, 2.25, 3.4, 4: five rounds, and up to twice as many as chance shortens a pause by up to half.
            Assert.Equal(first.Calls, second.Calls);
            Assert.InRange(first.Calls, 5, 10);
            call.Dispose();
        });

    [Fact]
    public void One_of_many_calls_looks_and_all_go_on_at_once_when_it_finds() =>
        VirtualWorld.Run(async world =>
        {
            var endpoints = new[]
            {
                new FakeEndpoint([.. Enumerable.Repeat(Standby, 1000)]),
                new FakeEndpoint([.. Enumerable.Repeat(Standby, 1000)]),
            };
            var options = Options with { FailoverPause = TimeSpan.FromSeconds(1) };
            var client = new TaskService.TaskServiceClient(new FailoverCallInvoker(endpoints, options, world.Time));
            var calls = Enumerable.Range(0, 50).Select(_ => client.DesireAsync(new DesireTaskRequest()).ResponseAsync).ToList();
            await world.AdvanceAsync(10);
            // Fifty that each ask once a second would have been 500 or more.
            Assert.InRange(endpoints[0].Calls, 50, 250);

            endpoints[0].Recover();
            await world.AdvanceAsync(5);

            Assert.All(calls, call => Assert.True(call.IsCompletedSuccessfully));
        });

    [Fact]
    public async Task Does_not_repeat_a_write_that_may_have_happened()
    {
        var (first, second) = (new FakeEndpoint(Broken), new FakeEndpoint());

        var failure = await Assert.ThrowsAsync<RpcException>(async () => await Client(first, second).DesireAsync(new DesireTaskRequest()));

        Assert.Equal("the connection broke", failure.Status.Detail);
        Assert.Equal((1, 0), (first.Calls, second.Calls));
    }

    [Theory]
    [InlineData(StatusCode.Unavailable, 1, 2, 0)]
    [InlineData(StatusCode.Unavailable, 5, 1, 1)]
    [InlineData(StatusCode.DeadlineExceeded, 5, 1, 1)]
    [InlineData(StatusCode.Cancelled, 1, 2, 0)]
    [InlineData(StatusCode.Cancelled, 5, 1, 1)]
    [InlineData(StatusCode.Internal, 5, 1, 1)]
    public void Asks_the_next_one_after_a_call_that_waited_in_vain(StatusCode end, double seconds, int first, int second) =>
        VirtualWorld.Run(async world =>
        {
            var silence = new TaskCompletionSource();
            var endpoints = new[]
            {
                new FakeEndpoint { Silence = silence.Task },
                new FakeEndpoint(),
            };
            var tasks = new TaskService.TaskServiceClient(new FailoverCallInvoker(endpoints, Options, world.Time));
            var call = tasks.DesireAsync(new DesireTaskRequest());
            await world.AdvanceAsync(seconds);
            silence.SetException(new RpcException(new Status(end, "no answer")));
            await Assert.ThrowsAsync<RpcException>(async () => await call);

            endpoints[0].Silence = null;
            await tasks.DesireAsync(new DesireTaskRequest());

            Assert.Equal((first, second), (endpoints[0].Calls, endpoints[1].Calls));
        });

    [Theory]
    [InlineData(ErrorKind.ResourceExists)]
    [InlineData(ErrorKind.Unavailable)]
    public async Task An_answer_that_says_no_is_an_answer(ErrorKind answer)
    {
        var (active, other) = (new FakeEndpoint(ErrorMapping.ToRpcException(new DomainError(answer, "no"))), new FakeEndpoint());
        var tasks = Client(active, other);
        await Assert.ThrowsAsync<RpcException>(async () => await tasks.DesireAsync(new DesireTaskRequest()));

        await tasks.DesireAsync(new DesireTaskRequest());

        Assert.Equal((2, 0), (active.Calls, other.Calls));
    }

    [Fact]
    public async Task Repeats_a_read_whatever_broke()
    {
        var (first, second) = (new FakeEndpoint(Broken), new FakeEndpoint());

        await Client(first, second).GetAsync(new GetTaskRequest());

        Assert.Equal((1, 1), (first.Calls, second.Calls));
    }

    [Fact]
    public async Task Gives_up_when_its_patience_ends()
    {
        var dead = new FakeEndpoint(Enumerable.Repeat(Refused, 10_000).ToArray());
        var impatient = Options with { FailoverPatience = TimeSpan.FromMilliseconds(20) };
        var tasks = new TaskService.TaskServiceClient(new FailoverCallInvoker([dead], impatient, TimeProvider.System));

        await Assert.ThrowsAsync<RpcException>(async () => await tasks.DesireAsync(new DesireTaskRequest()));
    }

    private static TaskService.TaskServiceClient Client(params CallInvoker[] endpoints) =>
        new(new FailoverCallInvoker(endpoints, Options, TimeProvider.System));

    /// <summary>Fails in the given ways, one after the other, then answers.</summary>
    private sealed class FakeEndpoint(params RpcException[] failures) : CallInvoker
    {
        private int _failures = failures.Length;

        public int Calls { get; private set; }

        /// <summary>What calls wait for, to fail as it does; null when they need not wait.</summary>
        public Task? Silence { get; set; }

        public void Recover() => _failures = 0;

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options,
            TRequest request
        )
        {
            var response =
                Silence is { } silence ? SilenceAsync<TResponse>(silence)
                : Calls < _failures ? Task.FromException<TResponse>(failures[Calls])
                : Task.FromResult((TResponse)Activator.CreateInstance(typeof(TResponse))!);
            Calls++;
            return new AsyncUnaryCall<TResponse>(
                response,
                Task.FromResult(new Metadata()),
                () => Status.DefaultSuccess,
                () => [],
                () => { }
            );
        }

        private static async Task<T> SilenceAsync<T>(Task silence)
        {
            await silence;
            throw new InvalidOperationException("the silence ended well");
        }

        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options,
            TRequest request
        ) => throw new NotSupportedException();

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options,
            TRequest request
        )
        {
            var stream = new EmptyStream<TResponse>(Calls < _failures ? failures[Calls] : null);
            Calls++;
            return new AsyncServerStreamingCall<TResponse>(
                stream,
                Task.FromResult(new Metadata()),
                () => Status.DefaultSuccess,
                () => [],
                () => { }
            );
        }

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options
        ) => throw new NotSupportedException();

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options
        ) => throw new NotSupportedException();
    }

    private sealed class EmptyStream<T>(RpcException? failure) : IAsyncStreamReader<T>
    {
        public T Current => throw new InvalidOperationException("it is empty");

        public Task<bool> MoveNext(CancellationToken cancellationToken) =>
            failure is null ? Task.FromResult(false) : Task.FromException<bool>(failure);
    }
}
