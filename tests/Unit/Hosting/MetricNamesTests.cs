using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Auctioneer;
using Scheduler.Bbs;
using Scheduler.Converger;
using Scheduler.Hosting.Ops;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.RouteEmitter;
using Scheduler.Tests.Unit.Auctioneer.Bidding;

namespace Scheduler.Tests.Unit.Hosting;

/// <summary>Dashboards and alarms of operators are written for these names.</summary>
public class MetricNamesTests
{
    private static readonly string[] Meters =
        [BbsMetrics.MeterName, RepMetrics.MeterName, ConvergerMetrics.MeterName, RouteEmitterMetrics.MeterName, AuctioneerMetrics.MeterName];

    private const string Names =
        """
        AddressCollisions_total counter
        AppInstanceExceededLogRateLimitCount_total counter
        AuctioneerAnswersUnknown_total counter
        AuctioneerAuctionDuration histogram
        AuctioneerCells gauge
        AuctioneerCellsInQuarantine gauge
        AuctioneerCellsUsable gauge
        AuctioneerContainersStarting gauge
        AuctioneerHandOverDelay histogram
        AuctioneerLRPAuctionsFailed_total counter
        AuctioneerLRPAuctionsStarted_total counter
        AuctioneerMessagesQueued gauge
        AuctioneerRecordingPaused_total counter
        AuctioneerReportsApplied_total counter
        AuctioneerReportsInvalid_total counter
        AuctioneerReportsOutOfOrder_total counter
        AuctioneerReportsWithGap_total counter
        AuctioneerReservations gauge
        AuctioneerReservationsLapsed_total counter
        AuctioneerStartsPaced gauge
        AuctioneerTaskAuctionsFailed_total counter
        AuctioneerTaskAuctionsStarted_total counter
        AuctioneerWorkInFlight gauge
        AuctioneerWorkRefused_total counter
        AuctioneerWorkTurnedAway_total counter
        AuctioneerWorkWaiting gauge
        BBSMasterElected_total counter
        BatchCommands histogram
        BatchRows histogram
        CapacityAllocatedDisk gauge
        CapacityAllocatedMemory gauge
        CapacityRemainingContainers gauge
        CapacityRemainingDisk gauge
        CapacityRemainingMemory gauge
        CapacityTotalContainers gauge
        CapacityTotalDisk gauge
        CapacityTotalMemory gauge
        CellLossHeld gauge
        CellLossPaced gauge
        CellUnhealthy gauge
        CellsKept gauge
        CellsLost_total counter
        CellsPresent gauge
        CellsUnheard gauge
        CommandsWaiting gauge
        CommitDuration histogram
        ContainerCompletedCount_total counter
        ContainerCount gauge
        ContainerExitedOnTimeoutCount_total counter
        ContainerSetupFailedDuration histogram
        ContainerSetupSucceededDuration histogram
        ConvergenceCommandsNotDelivered_total counter
        ConvergenceCommandsRefused_total counter
        ConvergenceCommands_total counter
        ConvergenceContradictions_total counter
        ConvergenceLRPDuration histogram
        ConvergenceLRPRuns_total counter
        ConvergenceMissed_total counter
        ConvergenceWaiting gauge
        CrashedActualLRPs gauge
        CrashingDesiredLRPs gauge
        Domain gauge
        GardenContainerCreationFailedDuration histogram
        GardenContainerCreationSucceededDuration histogram
        GardenContainerDestructionFailedDuration histogram
        GardenContainerDestructionSucceededDuration histogram
        GardenHealthCheckFailed gauge
        GardenUserNamespacesOff gauge
        HTTPRouteNATSMessagesEmitted_total counter
        InternalRouteNATSMessagesEmitted_total counter
        InternalRoutesTotal gauge
        LRPsClaimed gauge
        LRPsDesired gauge
        LRPsRunning gauge
        LRPsUnclaimed gauge
        LockHeld gauge
        MigrationDuration histogram
        NATSConnected gauge
        NATSMessagesDropped_total counter
        PresentCells gauge
        RepBulkSyncDuration histogram
        RequestCount_total counter
        RequestLatency histogram
        RequestsFailed_total counter
        RequestsStarted_total counter
        RequestsSucceeded_total counter
        RouteEmitterSyncDuration histogram
        RoutesRegistered_total counter
        RoutesSynced_total counter
        RoutesTotal gauge
        RoutesUnregistered_total counter
        StartingContainerCount gauge
        StateRowsSetAside_total counter
        StrandedEvacuatingActualLRPs gauge
        SuspectCells gauge
        SuspectClaimedActualLRPs gauge
        SuspectRunningActualLRPs gauge
        TasksCompleted gauge
        TasksFailed_total counter
        TasksPending gauge
        TasksResolving gauge
        TasksRunning gauge
        TasksStarted_total counter
        TasksSucceeded_total counter
        UnregistrationsNotRepeated_total counter
        """;

    [Fact]
    public void Names_and_types_of_all_parts_stay()
    {
        var (seen, unexplained) = (new HashSet<string>(), new List<string>());
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (!Meters.Contains(instrument.Meter.Name))
                return;
            var shape = MetricShape.Of(instrument);
            lock (seen)
            {
                seen.Add($"{shape.Name} {shape.Kind.ToString().ToLowerInvariant()}");
                if (string.IsNullOrEmpty(instrument.Description))
                    unexplained.Add(shape.Name);
            }
        };
        listener.Start();

        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var bbs = new BbsMetrics();
        using var rep = new RepMetrics(new CellId("cell-1"));
        using var converger = new ConvergerMetrics(meters);
        using var emitter = new RouteEmitterMetrics(meters);
        var world = new BiddingWorld(1);
        using var gauges = new BiddingGauges(world.Loop, world.Engine);
        _ = AuctioneerMetrics.Refused;

        lock (seen)
        {
            Assert.Equal(Names.Split('\n').Select(name => name.Trim()), seen.Order(StringComparer.Ordinal));
            Assert.Empty(unexplained);
        }
    }
}
