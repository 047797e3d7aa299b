using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Leases;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Hosting.Leases;

public sealed class LeaderLeaseTests
{
    private static readonly LeaseOptions Options = new("auctioneer", "me", "https://me");

    /// <summary>Of virtual time: longer than anything here takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private readonly FakeLocks _locks = new();
    private readonly CancellationTokenSource _stop = new();

    [Fact]
    public void Leads_while_it_holds_the_lock_and_releases_it_at_the_end() =>
        VirtualWorld.Run(async world =>
        {
            var body = new Body();
            var running = Lease(world).RunAsync(body.RunAsync, _stop.Token);
            await body.Began();

            _stop.Cancel();
            await running;

            Assert.Equal(1, body.Ended);
            Assert.Equal(["auctioneer by me"], _locks.Released);
        });

    [Theory]
    [InlineData(2.9, false)]
    [InlineData(3, true)]
    [InlineData(600, true)]
    [InlineData(601, false)]
    public void A_time_to_live_leaves_room_for_renewals(double seconds, bool valid) =>
        Assert.Equal(valid ? null : "lock-ttl: must be from 3s to 10m", LeaseOptions.ValidateTtl(TimeSpan.FromSeconds(seconds))?.Message);

    [Fact]
    public void Waits_while_another_holds_the_lock() =>
        VirtualWorld.Run(async world =>
        {
            _locks.Refusal = new DomainError(ErrorKind.LockCollision, "held by another");
            var body = new Body();
            var running = Lease(world).RunAsync(body.RunAsync, _stop.Token);
            await _locks.AskedAsync(1);
            _locks.Refusal = null;

            await world.FinishAsync(body.Began(), Patience);

            _stop.Cancel();
            await running;
            Assert.Equal(2, _locks.Asked);
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Stops_leading_before_the_lease_can_have_run_out_and_leads_again_later(bool hangs) =>
        VirtualWorld.Run(async world =>
        {
            var body = new Body();
            var running = Lease(world).RunAsync(body.RunAsync, _stop.Token);
            await body.Began();
            var heldAt = world.Now;
            BreakLocks(hangs ? world.Time : null);

            await world.FinishAsync(body.EndedOnce(), Patience);
            Assert.True(world.Now - heldAt <= Options.Ttl, $"led for {world.Now - heldAt} of {Options.Ttl}");

            MendLocks();
            await world.FinishAsync(body.Began(2), Patience);
            _stop.Cancel();
            await running;
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_failed_renewal_does_not_end_it(bool hangs) =>
        VirtualWorld.Run(async world =>
        {
            var body = new Body();
            var running = Lease(world).RunAsync(body.RunAsync, _stop.Token);
            await body.Began();
            BreakLocks(hangs ? world.Time : null);
            await world.FinishAsync(_locks.AskedAsync(2), Patience);
            MendLocks();
            await world.FinishAsync(_locks.AskedAsync(6), Patience);

            Assert.Equal(0, body.Ended);
            _stop.Cancel();
            await running;
        });

    [Fact]
    public void A_body_that_fails_ends_its_term_and_the_next_one_begins() =>
        VirtualWorld.Run(async world =>
        {
            var body = new Body();
            var terms = 0;
            var running = Lease(world)
                .RunAsync(
                    leading => ++terms == 1 ? throw new InvalidOperationException("a fault of the body") : body.RunAsync(leading),
                    _stop.Token
                );

            await world.FinishAsync(body.Began(), Patience);
            Assert.Equal(["auctioneer by me"], _locks.Released);
            _stop.Cancel();
            await running;
        });

    /// <summary>As a connection does that breaks while its call is being cancelled.</summary>
    [Fact]
    public void A_body_that_fails_while_its_term_ends_ends_nothing_else() =>
        VirtualWorld.Run(async world =>
        {
            var body = new Body();
            var terms = 0;
            var running = Lease(world)
                .RunAsync(
                    async leading =>
                    {
                        if (++terms > 1)
                        {
                            await body.RunAsync(leading);
                            return;
                        }

                        await Task.Delay(Timeout.InfiniteTimeSpan, leading)
                            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                        MendLocks();
                        throw new DomainError(ErrorKind.Unavailable, "connection refused").ToException();
                    },
                    _stop.Token
                );
            BreakLocks(hanging: null);

            await world.FinishAsync(body.Began(), Patience);
            _stop.Cancel();
            await running;
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_renewal_that_fails_as_nobody_expects_counts_as_refused(bool atOnce) =>
        VirtualWorld.Run(async world =>
        {
            var body = new Body();
            var running = Lease(world).RunAsync(body.RunAsync, _stop.Token);
            await body.Began();
            (_locks.Fault, _locks.FaultsAtOnce) = (new ObjectDisposedException("channel"), atOnce);

            await world.FinishAsync(body.EndedOnce(), Patience);
            _locks.Fault = null;
            await world.FinishAsync(body.Began(2), Patience);
            _stop.Cancel();
            await running;
        });

    /// <param name="hanging">Calls hang by this clock; null: they are refused at once.</param>
    private void BreakLocks(TimeProvider? hanging)
    {
        _locks.Hangs = hanging;
        if (hanging is null)
            _locks.Refusal = new DomainError(ErrorKind.Unavailable, "no BBS");
    }

    private void MendLocks() => (_locks.Hangs, _locks.Refusal) = (null, null);

    private LeaderLease Lease(VirtualWorld world) => new(_locks, Options, world.Time, NullLogger<LeaderLease>.Instance);

    private sealed class Body
    {
        private readonly List<TaskCompletionSource> _begins = [];
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _begun;

        public int Ended { get; private set; }

        public Task Began(int times = 1) => Begin(times - 1).Task;

        public Task EndedOnce() => _ended.Task;

        public async Task RunAsync(CancellationToken leading)
        {
            Begin(_begun++).SetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, leading);
            }
            finally
            {
                Ended++;
                _ended.TrySetResult();
            }
        }

        private TaskCompletionSource Begin(int number)
        {
            while (_begins.Count <= number)
                _begins.Add(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return _begins[number];
        }
    }

    private sealed class FakeLocks : LockService.LockServiceClient
    {
        private readonly List<(int Times, TaskCompletionSource Reached)> _awaited = [];

        public DomainError? Refusal { get; set; }

        /// <summary>What no server answers.</summary>
        public Exception? Fault { get; set; }

        /// <summary>Thrown by the call itself, not by its answer.</summary>
        public bool FaultsAtOnce { get; set; }

        public int Asked { get; private set; }

        /// <summary>While set, calls have no answer before their deadline by that clock.</summary>
        public TimeProvider? Hangs { get; set; }

        public List<string> Released { get; } = [];

        public Task AskedAsync(int times)
        {
            if (Asked >= times)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((times, reached));
            return reached.Task;
        }

        public override AsyncUnaryCall<AcquireLockResponse> AcquireAsync(AcquireLockRequest request, CallOptions options)
        {
            Asked++;
            foreach (var awaited in _awaited.Where(awaited => awaited.Times == Asked))
                awaited.Reached.SetResult();
            if (Fault is { } fault)
                return FaultsAtOnce ? throw fault : Call(Task.FromException<AcquireLockResponse>(fault));
            if (Hangs is { } time)
                return Call(HangAsync(time, options.Deadline!.Value - time.GetUtcNow().UtcDateTime, options.CancellationToken));
            return Call(
                Refusal is { } refusal
                    ? Task.FromException<AcquireLockResponse>(refusal.ToException())
                    : Task.FromResult(new AcquireLockResponse())
            );
        }

        public override AsyncUnaryCall<ReleaseLockResponse> ReleaseAsync(ReleaseLockRequest request, CallOptions options)
        {
            Released.Add($"{request.Key} by {request.Owner}");
            return Call(Task.FromResult(new ReleaseLockResponse()));
        }

        private static async Task<AcquireLockResponse> HangAsync(TimeProvider time, TimeSpan patience, CancellationToken cancellation)
        {
            await Task.Delay(patience, time, cancellation);
            throw new DomainError(ErrorKind.Timeout, "no answer").ToException();
        }

        private static AsyncUnaryCall<T> Call<T>(Task<T> response) =>
            new(response, Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
    }
}
