using Scheduler.Bbs.Api;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using Scheduler.Converger.Model;
using Scheduler.Tests.TestKit.Storage;

namespace Scheduler.Tests.Unit.Bbs.Api;

/// <summary>The parts that see less see what they work with.</summary>
public sealed class DefinitionViewTests
{
    [Fact]
    public void What_places_converges_and_routes_an_lrp_is_shown()
    {
        var lrp = FilledMessages.Fill<DesiredLRP>();
        var shown = DefinitionView.Redacted(lrp);
        Assert.Equivalent(ContractReader.Read(lrp), ContractReader.Read(shown));
        Assert.Equal(WorkDemands.Of(lrp), WorkDemands.Of(shown));
        Assert.Equal(lrp.Routes, shown.Routes);
        Assert.Equal(lrp.MetricTags, shown.MetricTags);
        Assert.Equal(
            (lrp.LogGuid, lrp.ModificationTag, lrp.Domain, lrp.Instances),
            (shown.LogGuid, shown.ModificationTag, shown.Domain, shown.Instances)
        );
    }

    [Fact]
    public void What_a_client_keeps_to_itself_is_not()
    {
        var shown = DefinitionView.Redacted(FilledMessages.Fill<DesiredLRP>());
        Assert.Empty(shown.EnvironmentVariables);
        Assert.Null(shown.Action);
        Assert.Null(shown.Setup);
        Assert.Null(shown.Monitor);
        Assert.Empty(shown.VolumeMountedFiles);
        Assert.Equal("", shown.ImagePassword);
        Assert.All(shown.Sidecars, sidecar => Assert.Null(sidecar.Action));
        Assert.All(shown.VolumeMounts, mount => Assert.Null(mount.Shared));
        Assert.Empty(shown.CachedDependencies);
        Assert.Empty(shown.ImageLayers);
    }

    [Fact]
    public void Of_a_task_the_converger_sees_what_it_goes_by()
    {
        var task = FilledMessages.Fill<OneOffTask>();
        var shown = DefinitionView.Redacted(task);
        Assert.Equivalent(ContractReader.Read(task), ContractReader.Read(shown));
        Assert.Equal(WorkDemands.Of(task.TaskDefinition), WorkDemands.Of(shown.TaskDefinition));
        Assert.Equal(DefinitionView.Withheld, shown.TaskDefinition.CompletionCallbackUrl);
        Assert.Equal("", shown.Result);
        Assert.Null(shown.TaskDefinition.Action);
        Assert.Empty(shown.TaskDefinition.EnvironmentVariables);
    }
}
