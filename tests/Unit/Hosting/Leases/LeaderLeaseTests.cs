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
    private readonly ManualTimeProvider _time = new();
    private readonly FakeLocks _locks = new();
    private readonly CancellationTokenSource _stop = new();

    [Fact]
    public async Task Leads_while_it_holds_the_lock_and_releases_it_at_the_end()
    {
        var body = new Body();
        var running = Lease().RunAsync(body.RunAsync, _stop.Token);
        await body.Began();

        await _stop.CancelAsync();
        await running.WaitAsync(Wait.Patience);

        Assert.Equal(1, body.Ended);
        Assert.Equal(["auctioneer by me"], _locks.Released);
    }

    [Theory]
    [InlineData(2.9, false)]
    [InlineData(3, true)]
    [InlineData(600, true)]
    [InlineData(601, false)]
    public void A_time_to_live_leaves_room_for_renewals(double seconds, bool valid) =>
        Assert.Equal(valid ? null : "lock-ttl: must be from 3s to 10m", LeaseOptions.ValidateTtl(TimeSpan.FromSeconds(seconds))?.Message);

    [Fact]
    public async Task Waits_while_another_holds_the_lock()
    {
        _locks.Refusal = new DomainError(ErrorKind.LockCollision, "held by another");
        var body = new Body();
        var running = Lease().RunAsync(body.RunAsync, _stop.Token);
        await _locks.AskedAsync(1);
        _locks.Refusal = null;

        await AdvanceUntilAsync(LeaseOptions.RetryInterval, body.Began());

        await _stop.CancelAsync();
        await running.WaitAsync(Wait.Patience);
        Assert.Equal(2, _locks.Asked);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stops_leading_before_the_lease_can_have_run_out_and_leads_again_later(bool hangs)
    {
        var body = new Body();
        var running = Lease().RunAsync(body.RunAsync, _stop.Token);
        await body.Began();
        var heldAt = _time.GetUtcNow();
        BreakLocks(hangs);

        await AdvanceUntilAsync(TimeSpan.FromMilliseconds(500), body.EndedOnce());
        Assert.True(_time.GetUtcNow() - heldAt <= Options.Ttl, $"led for {_time.GetUtcNow() - heldAt} of {Options.Ttl}");

        MendLocks();
        await AdvanceUntilAsync(LeaseOptions.RetryInterval, body.Began(2));
        await _stop.CancelAsync();
        await running.WaitAsync(Wait.Patience);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_failed_renewal_does_not_end_it(bool hangs)
    {
        var body = new Body();
        var running = Lease().RunAsync(body.RunAsync, _stop.Token);
        await body.Began();
        BreakLocks(hangs);
        await AdvanceUntilAsync(TimeSpan.FromMilliseconds(500), _locks.AskedAsync(2));
        MendLocks();
        await AdvanceUntilAsync(TimeSpan.FromMilliseconds(500), _locks.AskedAsync(6));

        Assert.Equal(0, body.Ended);
        await _stop.CancelAsync();
        await running.WaitAsync(Wait.Patience);
    }

    [Fact]
    public async Task A_body_that_fails_ends_its_term_and_the_next_one_begins()
    {
        var body = new Body();
        var terms = 0;
        var running = Lease().RunAsync(
            leading => ++terms == 1 ? throw new InvalidOperationException("a fault of the body") : body.RunAsync(leading), _stop.Token);

        await AdvanceUntilAsync(LeaseOptions.RetryInterval, body.Began());
        Assert.Equal(["auctioneer by me"], _locks.Released);
        await _stop.CancelAsync();
        await running.WaitAsync(Wait.Patience);
    }

    /// <summary>As a connection does that breaks while its call is being cancelled.</summary>
    [Fact]
    public async Task A_body_that_fails_while_its_term_ends_ends_nothing_else()
    {
        var body = new Body();
        var terms = 0;
        var running = Lease().RunAsync(
            async leading =>
            {
                if (++terms > 1)
                {
                    await body.RunAsync(leading);
                    return;
                }

                await Task.Delay(Timeout.InfiniteTimeSpan, leading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                MendLocks();
                throw new DomainError(ErrorKind.Unavailable, "connection refused").ToException();
            },
            _stop.Token);
        BreakLocks(hang: false);

        await AdvanceUntilAsync(TimeSpan.FromMilliseconds(500), body.Began());
        await _stop.CancelAsync();
        await running.WaitAsync(Wait.Patience);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_renewal_that_fails_as_nobody_expects_counts_as_refused(bool atOnce)
    {
        var body = new Body();
        var running = Lease().RunAsync(body.RunAsync, _stop.Token);
        await body.Began();
        (_locks.Fault, _locks.FaultsAtOnce) = (new ObjectDisposedException("channel"), atOnce);

        await AdvanceUntilAsync(TimeSpan.FromMilliseconds(500), body.EndedOnce());
        _locks.Fault = null;
        await AdvanceUntilAsync(LeaseOptions.RetryInterval, body.Began(2));
        await _stop.CancelAsync();
        await running.WaitAsync(Wait.Patience);
    }

    private void BreakLocks(bool hang)
    {
        if (hang) _locks.Hangs = _time;
        else _locks.Refusal = new DomainError(ErrorKind.Unavailable, "no BBS");
    }

    private void MendLocks() => (_locks.Hangs, _locks.Refusal) = (null, null);

    private LeaderLease Lease() => new(_locks, Options, _time, NullLogger<LeaderLease>.Instance);

    /// <summary>Moves the clock step by step, each time the lease has gone to sleep, until something has happened.</summary>
    private async Task AdvanceUntilAsync(TimeSpan step, Task happened)
    {
        using var deadline = new CancellationTokenSource(Wait.Patience);
        while (!happened.IsCompleted)
        {
            deadline.Token.ThrowIfCancellationRequested();
            if (_time.NextDue is not null)
                _time.Advance(step);
            // Lets continuations that were queued run; nothing else tells that they have.
            await Task.WhenAny(happened, Task.Delay(1));
        }

        await happened;
    }

    private sealed class Body
    {
        private readonly List<TaskCompletionSource> _begins = [];
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _begun;

        public int Ended { get; private set; }

        public Task Began(int times = 1) => Begin(times - 1).Task.WaitAsync(Wait.Patience);

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
            lock (_begins)
            {
                while (_begins.Count <= number)
                    _begins.Add(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                return _begins[number];
            }
        }
    }

    private sealed class FakeLocks : LockService.LockServiceClient
    {
        private int _asked;

        public DomainError? Refusal { get; set; }

        /// <summary>What no server answers.</summary>
        public Exception? Fault { get; set; }

        /// <summary>Thrown by the call itself, not by its answer.</summary>
        public bool FaultsAtOnce { get; set; }

        public int Asked => Volatile.Read(ref _asked);

        /// <summary>While set, calls have no answer before their deadline by that clock.</summary>
        public TimeProvider? Hangs { get; set; }

        public List<string> Released { get; } = [];

        public async Task AskedAsync(int times)
        {
            while (Asked < times)
                await Task.Delay(1);
        }

        public override AsyncUnaryCall<AcquireLockResponse> AcquireAsync(AcquireLockRequest request, CallOptions options)
        {
            Interlocked.Increment(ref _asked);
            if (Fault is { } fault)
                return FaultsAtOnce ? throw fault : Call(Task.FromException<AcquireLockResponse>(fault));
            if (Hangs is { } time)
                return Call(HangAsync(time, options.Deadline!.Value - time.GetUtcNow().UtcDateTime, options.CancellationToken));
            return Call(Refusal is { } refusal ? Task.FromException<AcquireLockResponse>(refusal.ToException()) : Task.FromResult(new AcquireLockResponse()));
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
