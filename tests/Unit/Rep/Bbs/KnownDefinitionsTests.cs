using Scheduler.Contracts.V1;
using Scheduler.Rep.Bbs;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.Unit.Rep.Bbs;

public sealed class KnownDefinitionsTests
{
    private static readonly int Size = A.DesiredLrp("p0").CalculateSize();

    private readonly KnownDefinitions _known = new(3 * Size);

    [Fact]
    public void The_latest_version_is_kept()
    {
        Learn("p0");
        var updated = A.DesiredLrp("p0");
        updated.ModificationTag = new ModificationTag { Epoch = "e", Index = 7 };

        _known.Learn(updated);

        Assert.Same(updated, _known.Find("p0"));
    }

    [Fact]
    public void Those_used_last_are_kept()
    {
        Learn("p0", "p1", "p2");
        Assert.NotNull(_known.Find("p0"));

        Learn("p3");

        Assert.Equal(["p0", "p2", "p3"], Kept());
    }

    [Fact]
    public void One_that_does_not_fit_is_not_kept_and_drives_no_other_out()
    {
        Learn("p0", "p1");
        var large = A.DesiredLrp("p2");
        large.Annotation = new string('x', 3 * Size);

        _known.Learn(large);

        Assert.Equal(["p0", "p1"], Kept());
    }

    private void Learn(params string[] guids)
    {
        foreach (var guid in guids)
            _known.Learn(A.DesiredLrp(guid));
    }

    private IEnumerable<string> Kept() => Enumerable.Range(0, 4).Select(i => $"p{i}").Where(guid => _known.Find(guid) is not null);
}
