using Google.Protobuf;
using Scheduler.Contracts.V1;
using Scheduler.Converger.Model;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Converger.Model;

public sealed class ContractReaderTests
{
    [Theory]
    [InlineData("""[{"hostname":"b.internal"},{"hostname":"a.internal"}]""", true)]
    [InlineData("""[]""", false)]
    [InlineData("null", false)]
    public void Reads_internal_routes_whatever_their_order(string json, bool some)
    {
        var expected = some ? Fingerprint.OfSet(["a.internal", "b.internal"]) : Fingerprint.Empty;
        Assert.Equal(expected, ContractReader.Read(WithRoutes(json)).InternalRoutes);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""["a.internal"]""")]
    [InlineData("""[{"hostname":1}]""")]
    public void Says_that_it_cannot_read_them(string json) => Assert.Null(ContractReader.Read(WithRoutes(json)).InternalRoutes);

    [Fact]
    public void Computes_the_tags_that_an_instance_should_report()
    {
        var lrp = new DesiredLRP { ProcessGuid = "web" };
        lrp.MetricTags["source_id"] = new MetricTagValue { Static = "app" };
        lrp.MetricTags["instance_id"] = new MetricTagValue { Dynamic = MetricTagValue.Types.DynamicValue.Index };
        lrp.MetricTags["guid"] = new MetricTagValue { Dynamic = MetricTagValue.Types.DynamicValue.InstanceGuid };
        var row = new ActualLRP
        {
            ActualLrpKey = new ActualLRPKey { ProcessGuid = "web", Index = 12 },
            ActualLrpInstanceKey = new ActualLRPInstanceKey { InstanceGuid = "i-1", CellId = "a" },
            State = "RUNNING",
        };
        row.MetricTags.Add(
            new Dictionary<string, string>
            {
                ["guid"] = "i-1",
                ["instance_id"] = "12",
                ["source_id"] = "app",
            }
        );
        var seen = ContractReader.Read(row);
        Assert.Equal(seen.MetricTags, ContractReader.Read(lrp).MetricTags.For(seen.Key, seen.Instance));
    }

    [Fact]
    public void A_row_that_has_lost_its_instance_has_none_though_the_event_names_it()
    {
        var change = new ActualLRPInstanceChangedEvent
        {
            ActualLrpKey = new ActualLRPKey { ProcessGuid = "web" },
            ActualLrpInstanceKey = new ActualLRPInstanceKey { InstanceGuid = "i-1", CellId = "a" },
            After = new ActualLRPInfo { State = "UNCLAIMED" },
        };
        Assert.Equal("", ContractReader.ReadAfter(change).Instance.InstanceGuid);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Absurd_times_are_still_times(long nanos) => Assert.True(UnixNanos.ToTime(nanos) >= DateTimeOffset.MinValue);

    private static DesiredLRP WithRoutes(string json) =>
        new()
        {
            ProcessGuid = "web",
            Routes = new ProtoRoutes { Routes = { ["internal-router"] = ByteString.CopyFromUtf8(json) } },
        };
}
