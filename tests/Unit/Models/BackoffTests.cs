using Scheduler.Models;

namespace Scheduler.Tests.Unit.Models;

public sealed class BackoffTests
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 200)]
    [InlineData(6, 3200)]
    [InlineData(7, 5000)]
    [InlineData(64, 5000)]
    [InlineData(int.MaxValue, 5000)]
    public void Doubles_up_to_the_longest(int failures, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), new Backoff(First, Longest).After(failures));

    [Theory]
    [InlineData(1, 1, 100)]
    [InlineData(1, 9, 100)]
    [InlineData(1.5, 2, 150)]
    [InlineData(1.5, 3, 225)]
    public void Grows_as_told(double growth, int failures, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), new Backoff(First, Longest, growth).After(failures));

    [Fact]
    public void Is_never_longer_than_the_longest() => Assert.Equal(First, new Backoff(Longest, First).After(1));

    [Fact]
    public void Has_no_wait_before_the_first_failure() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Backoff(First, Longest).After(0));
}
