using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Events;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Hosting.Events;

public sealed class EventFollowerTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_lost_stream_is_resumed_after_the_last_revision_that_is_certainly_complete() =>
        VirtualWorld.Run(async world =>
        {
            var bbs = new Script(
                Stream(Appeared(7, "a"), Snapshot(7), Appeared(8, "b"), Appeared(9, "c")),
                Stream(Heartbeat(8), Appeared(9, "c"), Appeared(9, "d"), Heartbeat(9)),
                Stream(Heartbeat(9))
            );

            await ReadAsync(world, Follower(world, bbs), streams: 3);

            // Of revision 9 more may have been to come when the first stream broke.
            Assert.Equal(["snapshot", "after 8", "after 9"], bbs.Asked);
        });

    [Fact]
    public void An_unfinished_snapshot_is_no_place_to_go_on_from() =>
        VirtualWorld.Run(async world =>
        {
            var bbs = new Script(Stream(Appeared(7, "a")), Stream(Appeared(7, "a"), Snapshot(7)), Stream());

            await ReadAsync(world, Follower(world, bbs), streams: 3);

            Assert.Equal(["snapshot", "snapshot", "after 7"], bbs.Asked);
        });

    [Fact]
    public void A_new_snapshot_is_read_when_the_revision_is_gone_and_when_told_to_forget() =>
        VirtualWorld.Run(async world =>
        {
            var bbs = new Script(Stream(Snapshot(7)), ErrorKind.RevisionGone, Stream(Snapshot(9)), Stream());
            var follower = Follower(world, bbs);
            await ReadAsync(world, follower, streams: 2);
            Assert.Equal(["snapshot", "after 7", "snapshot"], bbs.Asked);

            follower.Forget();
            await ReadAsync(world, follower, streams: 1);

            Assert.Equal("snapshot", bbs.Asked[^1]);
        });

    [Fact]
    public void What_was_awaited_and_not_taken_does_not_count_as_read() =>
        VirtualWorld.Run(async world =>
        {
            var bbs = new Script(Stream(Snapshot(7)), Stream());
            var follower = Follower(world, bbs);
            await follower.RunAsync(
                async stream =>
                {
                    Assert.True(await stream.MoveNextAsync());
                    return true;
                },
                CancellationToken.None
            );
            Assert.False(follower.HasSnapshot);

            await ReadAsync(world, follower, streams: 1);

            Assert.Equal(["snapshot", "snapshot"], bbs.Asked);
        });

    [Fact]
    public void Waits_longer_with_each_stream_that_brings_nothing() =>
        VirtualWorld.Run(async world =>
        {
            var bbs = new Script(ErrorKind.Unavailable, ErrorKind.NotActive, Stream(Snapshot(7)), ErrorKind.Unavailable, Stream());
            var began = world.Now;
            var follower = new EventFollower(bbs, new FollowRequest(), failures => failures * Pause, world.Time, NullLogger.Instance);

            await ReadAsync(world, follower, streams: 2);

            // 1 and 2 s before the snapshot; its stream ends at once, which is the first failure again, and the next the second.
            Assert.Equal(TimeSpan.FromSeconds(1 + 2 + 1 + 2), world.Now - began);
            Assert.Equal(["snapshot", "snapshot", "snapshot", "after 7", "after 7"], bbs.Asked);
        });

    [Fact]
    public void A_state_that_is_read_by_other_means_is_read_again_each_time_unless_streams_are_resumed() =>
        VirtualWorld.Run(async world =>
        {
            ulong loaded = 40;
            var bbs = new Script(Stream(Heartbeat(41)), Stream(), Stream(Heartbeat(43)), Stream());
            var anew = new EventFollower(bbs, new FollowRequest(), _ => Pause, world.Time, NullLogger.Instance)
            {
                Resumes = false,
                LoadAsync = _ => Task.FromResult(++loaded),
            };
            await ReadAsync(world, anew, streams: 2);
            Assert.Equal(["after 41", "after 42"], bbs.Asked);

            var resuming = new EventFollower(bbs, new FollowRequest(), _ => Pause, world.Time, NullLogger.Instance)
            {
                LoadAsync = anew.LoadAsync,
            };
            await ReadAsync(world, resuming, streams: 2);

            Assert.Equal(["after 43", "after 43"], bbs.Asked[2..]);
            Assert.Equal(43UL, loaded);
        });

    [Fact]
    public void A_failure_that_does_not_pass_ends_the_following() =>
        VirtualWorld.Run(async world =>
        {
            var follower = new EventFollower(
                new Script(ErrorKind.PermissionDenied),
                new FollowRequest(),
                _ => Pause,
                world.Time,
                NullLogger.Instance
            )
            {
                MayPass = failure => failure.Kind == ErrorKind.Unavailable,
            };

            var refusal = await Assert.ThrowsAsync<DomainException>(() =>
                follower.RunAsync(_ => throw new DomainError(ErrorKind.PermissionDenied, "no").ToException(), CancellationToken.None)
            );

            Assert.Equal(ErrorKind.PermissionDenied, refusal.Kind);
        });

    [Fact]
    public void A_reader_may_leave_while_the_next_event_is_awaited() =>
        VirtualWorld.Run(async world =>
        {
            var bbs = new Script { Silent = true };
            var follower = new EventFollower(bbs, new FollowRequest(), _ => Pause, world.Time, NullLogger.Instance)
            {
                LeavesWhileWaiting = true,
            };

            await follower.RunAsync(
                stream =>
                {
                    Assert.False(stream.MoveNextAsync().IsCompleted);
                    return Task.FromResult(true);
                },
                CancellationToken.None
            );

            Assert.Equal(1, bbs.Left);
        });

    private static EventFollower Follower(VirtualWorld world, Script bbs) =>
        new(bbs, new FollowRequest(), _ => Pause, world.Time, NullLogger.Instance);

    /// <summary>Reads so many streams to their end.</summary>
    private static async Task ReadAsync(VirtualWorld world, EventFollower follower, int streams)
    {
        var reading = ToEndAsync();
        await world.ResultAsync(reading, TimeSpan.FromMinutes(1));

        async Task<int> ToEndAsync()
        {
            var read = 0;
            await follower.RunAsync(
                async stream =>
                {
                    await foreach (var _ in stream.TakeAllAsync()) { }

                    return ++read == streams;
                },
                CancellationToken.None
            );
            return read;
        }
    }

    private static Event[] Stream(params Event[] events) => events;

    private static Event Appeared(ulong revision, string cell) =>
        new()
        {
            Revision = revision,
            CellAppeared = new CellAppearedEvent { Cell = new CellPresence { CellId = cell } },
        };

    private static Event Snapshot(ulong revision) => new() { Revision = revision, SnapshotComplete = new SnapshotCompleteEvent() };

    private static Event Heartbeat(ulong revision) => new() { Revision = revision, Heartbeat = new HeartbeatEvent() };

    /// <summary>One entry per stream: its events and its end, or a refusal.</summary>
    private sealed class Script(params object[] streams) : IBbsEvents
    {
        private int _next;

        public List<string> Asked { get; } = [];

        /// <summary>Streams are taken and nothing is said.</summary>
        public bool Silent { get; init; }

        /// <summary>Streams that ended, however.</summary>
        public int Left { get; private set; }

        public async IAsyncEnumerable<Event> FollowAsync(
            FollowRequest request,
            [EnumeratorCancellation] CancellationToken cancellationToken
        )
        {
            try
            {
                Asked.Add(request.Snapshot ? "snapshot" : $"after {request.AfterRevision}");
                if (Silent)
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                if (streams[_next++] is ErrorKind refusal)
                    throw new DomainError(refusal, "refused").ToException();
                foreach (var one in (Event[])streams[_next - 1])
                    yield return one;
            }
            finally
            {
                Left++;
            }
        }
    }
}
