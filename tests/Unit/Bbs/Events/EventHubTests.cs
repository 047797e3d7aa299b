using Scheduler.Bbs.Events;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Bbs.Events;

public sealed class EventHubTests
{
    private static readonly EventOptions Small = new() { Capacity = 16, Heartbeat = TimeSpan.FromSeconds(10) };

    [Fact]
    public void A_follower_gets_what_comes_in_order() =>
        VirtualWorld.Run(async world =>
        {
            var hub = new EventHub(5, Small, world.Time);
            await using var follower = Follow(hub, 5);
            var first = follower.MoveNextAsync();
            await world.SettleAsync();
            Assert.False(first.IsCompleted);
            Publish(hub, 6, "a", "b");
            Assert.Equal("a", await NextAsync(first, follower));
            Assert.Equal("b", await NextAsync(follower));
        });

    [Fact]
    public void A_follower_resumes_after_any_revision_that_is_held() =>
        VirtualWorld.Run(async world =>
        {
            var hub = new EventHub(5, Small, world.Time);
            Publish(hub, 6, "a", "b");
            Publish(hub, 7);
            Publish(hub, 8, "c");
            foreach (var (after, expected) in new[] { (5ul, "a"), (6ul, "c"), (7ul, "c") })
            {
                await using var follower = Follow(hub, after);
                Assert.Equal(expected, await NextAsync(follower));
            }
        });

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    public async Task A_revision_before_the_load_or_after_the_last_commit_is_gone(ulong revision)
    {
        var hub = new EventHub(5, Small, TimeProvider.System);
        Publish(hub, 6, "a");
        await using var follower = Follow(hub, revision);
        var gone = await Assert.ThrowsAsync<DomainException>(async () => await follower.MoveNextAsync());
        Assert.Equal(ErrorKind.RevisionGone, gone.Kind);
    }

    [Fact]
    public async Task What_fell_out_of_the_ring_is_gone_and_the_rest_is_not()
    {
        var hub = new EventHub(0, Small, TimeProvider.System);
        for (ulong revision = 1; revision <= 40; revision++)
            Publish(hub, revision, $"{revision}");
        await using var tooOld = Follow(hub, 23);
        Assert.Equal(ErrorKind.RevisionGone, (await Assert.ThrowsAsync<DomainException>(async () => await tooOld.MoveNextAsync())).Kind);
        await using var oldest = Follow(hub, 24);
        Assert.Equal("25", await NextAsync(oldest));
    }

    [Fact]
    public async Task A_revision_that_fell_out_in_part_is_gone_as_a_whole()
    {
        var hub = new EventHub(0, Small, TimeProvider.System);
        Publish(hub, 1, "a", "b", "c");
        Publish(hub, 2, [.. Enumerable.Range(0, 14).Select(n => $"{n}")]);
        await using var follower = Follow(hub, 0);
        Assert.Equal(ErrorKind.RevisionGone, (await Assert.ThrowsAsync<DomainException>(async () => await follower.MoveNextAsync())).Kind);
    }

    [Fact]
    public async Task Large_events_push_older_ones_out_before_the_ring_is_full()
    {
        var hub = new EventHub(0, new EventOptions { Capacity = 16, MaxBytes = 2_500 }, TimeProvider.System);
        for (ulong revision = 1; revision <= 5; revision++)
            Publish(hub, revision, new string('x', 1_000));
        await using var tooOld = Follow(hub, 2);
        Assert.Equal(ErrorKind.RevisionGone, (await Assert.ThrowsAsync<DomainException>(async () => await tooOld.MoveNextAsync())).Kind);
        await using var oldest = Follow(hub, 3);
        await NextAsync(oldest);
        Assert.Equal(4ul, oldest.Current.Revision);
        Publish(hub, 6, new string('x', 9_000));
        await using var newest = Follow(hub, 5);
        await NextAsync(newest);
        Assert.Equal(6ul, newest.Current.Revision);
    }

    [Fact]
    public async Task A_slow_follower_is_told_and_others_go_on()
    {
        var hub = new EventHub(0, Small, TimeProvider.System);
        Publish(hub, 1, "a", "b");
        await using var slow = Follow(hub, 0);
        await using var quick = Follow(hub, 0);
        Assert.Equal("a", await NextAsync(slow));
        Assert.Equal("a", await NextAsync(quick));
        Assert.Equal("b", await NextAsync(quick));
        for (ulong revision = 2; revision <= 20; revision++)
        {
            Publish(hub, revision, $"{revision}");
            Assert.Equal($"{revision}", await NextAsync(quick));
        }
        var gone = await Assert.ThrowsAsync<DomainException>(async () =>
        {
            while (true)
                await NextAsync(slow);
        });
        Assert.Equal(ErrorKind.RevisionGone, gone.Kind);
    }

    [Fact]
    public void Silence_is_broken_by_a_heartbeat_that_says_how_far_all_is_seen() =>
        VirtualWorld.Run(async world =>
        {
            var hub = new EventHub(5, Small, world.Time);
            await using var follower = Follow(hub, 5, passes: _ => false);
            var next = follower.MoveNextAsync();
            await world.AdvanceAsync(6);
            Publish(hub, 6, "hidden");
            await world.AdvanceAsync(3.9);
            Assert.False(next.IsCompleted);
            await world.AdvanceAsync(0.2);
            Assert.True(await next);
            Assert.Equal((Event.PayloadOneofCase.Heartbeat, 6ul), (follower.Current.PayloadCase, follower.Current.Revision));
        });

    [Fact]
    public void A_follower_is_greeted_with_where_it_stands() =>
        VirtualWorld.Run(async world =>
        {
            var hub = new EventHub(5, Small, world.Time);
            await using var follower = hub.FollowAsync(5, _ => true, sayHello: true, CancellationToken.None).GetAsyncEnumerator();
            Assert.True(await follower.MoveNextAsync());
            Assert.Equal((Event.PayloadOneofCase.Heartbeat, 5ul), (follower.Current.PayloadCase, follower.Current.Revision));
        });

    [Fact]
    public void A_term_that_ends_ends_its_followers_after_what_they_were_owed() =>
        VirtualWorld.Run(async world =>
        {
            var hub = new EventHub(5, Small, world.Time);
            await using var follower = Follow(hub, 5);
            Publish(hub, 6, "a");
            hub.Close(new DomainError(ErrorKind.NotActive, "over"));
            Assert.Equal("a", await NextAsync(follower));
            var over = await Assert.ThrowsAsync<DomainException>(async () => await follower.MoveNextAsync());
            Assert.Equal(ErrorKind.NotActive, over.Kind);
        });

    [Fact]
    public async Task Followers_on_other_threads_see_every_event_or_are_told()
    {
        const int Revisions = 20_000;
        var hub = new EventHub(0, new EventOptions { Capacity = 256 }, TimeProvider.System);
        var followers = Enumerable
            .Range(0, 4)
            .Select(_ =>
                Task.Run(async () =>
                {
                    ulong expected = 1;
                    try
                    {
                        await foreach (var @event in hub.FollowAsync(0, _ => true, sayHello: false, CancellationToken.None))
                        {
                            if (@event.PayloadCase == Event.PayloadOneofCase.Heartbeat)
                                continue;
                            Assert.Equal(expected++, @event.Revision);
                            if (expected > Revisions)
                                break;
                        }
                    }
                    catch (DomainException e)
                    {
                        Assert.Equal(ErrorKind.RevisionGone, e.Kind);
                    }
                })
            )
            .ToArray();
        for (ulong revision = 1; revision <= Revisions; revision++)
            Publish(hub, revision, "x");
        await Task.WhenAll(followers);
    }

    private static IAsyncEnumerator<Event> Follow(EventHub hub, ulong after, Func<Event, bool>? passes = null) =>
        hub.FollowAsync(after, passes ?? (_ => true), sayHello: false, CancellationToken.None).GetAsyncEnumerator();

    [Fact]
    public async Task Who_has_a_state_may_follow_from_it_before_its_events_are_told_and_is_not_told_them()
    {
        var hub = new EventHub(0, Small, TimeProvider.System);
        hub.Committed(1);
        await using var follower = Follow(hub, 1);
        var next = follower.MoveNextAsync();
        Publish(hub, 1, "part of the state");
        Publish(hub, 2, "news");
        Assert.Equal("news", await NextAsync(next, follower));
    }

    private static void Publish(EventHub hub, ulong revision, params string[] names)
    {
        hub.Committed(revision);
        hub.Publish(
            revision,
            [
                .. names.Select(name => new Event
                {
                    Revision = revision,
                    DomainExpired = new DomainExpiredEvent { Domain = name },
                }),
            ]
        );
    }

    private static async Task<string> NextAsync(IAsyncEnumerator<Event> follower) => await NextAsync(follower.MoveNextAsync(), follower);

    private static async Task<string> NextAsync(ValueTask<bool> moved, IAsyncEnumerator<Event> follower)
    {
        Assert.True(await moved);
        return follower.Current.DomainExpired.Domain;
    }
}
