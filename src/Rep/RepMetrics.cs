using System.Diagnostics.Metrics;
using Scheduler.Models;

namespace Scheduler.Rep;

/// <summary>Metrics of a cell, under the names that Diego's operators know. Durations in seconds, memory and disk in MB.</summary>
public sealed class RepMetrics : IDisposable
{
    public const string MeterName = "Scheduler.Rep";

    private readonly Meter _meter;
    private readonly KeyValuePair<string, object?> _cell;
    private readonly Histogram<double> _createSucceeded;
    private readonly Histogram<double> _createFailed;
    private readonly Histogram<double> _destroySucceeded;
    private readonly Histogram<double> _destroyFailed;
    private readonly Histogram<double> _setupSucceeded;
    private readonly Histogram<double> _setupFailed;
    private readonly Histogram<double> _bulkSync;
    private readonly Counter<long> _completed;
    private readonly Counter<long> _exitedOnTimeout;
    private readonly Counter<long> _logRateExceeded;
    private readonly Counter<long> _started;
    private readonly Counter<long> _succeeded;
    private readonly Counter<long> _failed;
    private CellFigures? _figures;
    private volatile bool _runtimeFailed;
    private volatile bool _withoutUserNamespaces;
    private long _stranded;

    public RepMetrics(CellId cellId)
    {
        _meter = new Meter(MeterName);
        _cell = new("cell_id", cellId.Value);
        _createSucceeded = Duration("GardenContainerCreationSucceededDuration", "Time to create a container");
        _createFailed = Duration("GardenContainerCreationFailedDuration", "Time until a container creation failed");
        _destroySucceeded = Duration("GardenContainerDestructionSucceededDuration", "Time to destroy a container");
        _destroyFailed = Duration("GardenContainerDestructionFailedDuration", "Time until a container destruction failed");
        _setupSucceeded = Duration("ContainerSetupSucceededDuration", "Time of a successful setup action");
        _setupFailed = Duration("ContainerSetupFailedDuration", "Time until a setup action failed");
        _bulkSync = Duration("RepBulkSyncDuration", "Time to compare all containers with the BBS");
        _completed = _meter.CreateCounter<long>("ContainerCompletedCount", null, "Containers that ended");
        _exitedOnTimeout = _meter.CreateCounter<long>(
            "ContainerExitedOnTimeoutCount",
            null,
            "Containers killed because they did not stop within the grace period"
        );
        _logRateExceeded = _meter.CreateCounter<long>(
            "AppInstanceExceededLogRateLimitCount",
            null,
            "Times that an instance exceeded its log rate limit"
        );
        _started = _meter.CreateCounter<long>("RequestsStarted", null, "Requests to the cell that began, by type");
        _succeeded = _meter.CreateCounter<long>("RequestsSucceeded", null, "Requests to the cell that succeeded, by type");
        _failed = _meter.CreateCounter<long>("RequestsFailed", null, "Requests to the cell that failed, by type");

        Gauge("CapacityTotalMemory", "Total memory for containers in MB", figures => figures.Total.MemoryMb);
        Gauge("CapacityTotalDisk", "Total disk for containers in MB", figures => figures.Total.DiskMb);
        Gauge("CapacityTotalContainers", "Maximum number of containers", figures => figures.Total.Containers);
        Gauge("CapacityRemainingMemory", "Memory not allocated in MB", figures => figures.Available.MemoryMb);
        Gauge("CapacityRemainingDisk", "Disk not allocated in MB", figures => figures.Available.DiskMb);
        Gauge("CapacityRemainingContainers", "Number of further containers that fit", figures => figures.Available.Containers);
        Gauge("CapacityAllocatedMemory", "Memory allocated in MB", figures => figures.Total.MemoryMb - figures.Available.MemoryMb);
        Gauge("CapacityAllocatedDisk", "Disk allocated in MB", figures => figures.Total.DiskMb - figures.Available.DiskMb);
        Gauge("ContainerCount", "Containers on the cell", figures => figures.Containers);
        Gauge("StartingContainerCount", "Containers that are starting", figures => figures.Starting);
        _meter.CreateObservableGauge(
            "GardenHealthCheckFailed",
            () => new Measurement<long>(_runtimeFailed ? 1 : 0, _cell),
            null,
            "1 while the container runtime fails its health check"
        );
        _meter.CreateObservableGauge(
            "CellUnhealthy",
            () => new Measurement<long>(_runtimeFailed ? 1 : 0, _cell),
            null,
            "1 while the cell accepts no work because its container runtime is unhealthy"
        );
        _meter.CreateObservableGauge(
            "GardenUserNamespacesOff",
            () => new Measurement<long>(_withoutUserNamespaces ? 1 : 0, _cell),
            null,
            "1 if containers run without user namespaces, so that root in a container is root on the machine"
        );
        _meter.CreateObservableGauge(
            "StrandedEvacuatingActualLRPs",
            () => new Measurement<long>(Interlocked.Read(ref _stranded), _cell),
            null,
            "Instances still on the cell when its evacuation timed out"
        );
    }

    internal void Capacity(Resources total, Resources available, int containers, int starting) =>
        Volatile.Write(ref _figures, new CellFigures(total, available, containers, starting));

    internal void ContainerCreated(TimeSpan took, bool succeeded) =>
        (succeeded ? _createSucceeded : _createFailed).Record(took.TotalSeconds, _cell);

    internal void ContainerDestroyed(TimeSpan took, bool succeeded) =>
        (succeeded ? _destroySucceeded : _destroyFailed).Record(took.TotalSeconds, _cell);

    internal void SetupEnded(TimeSpan took, bool succeeded) =>
        (succeeded ? _setupSucceeded : _setupFailed).Record(took.TotalSeconds, _cell);

    internal void BulkSync(TimeSpan took) => _bulkSync.Record(took.TotalSeconds, _cell);

    internal void ContainerCompleted() => _completed.Add(1, _cell);

    internal void ContainerExitedOnTimeout() => _exitedOnTimeout.Add(1, _cell);

    internal void LogRateExceeded() => _logRateExceeded.Add(1, _cell);

    internal void RuntimeHealth(bool healthy) => _runtimeFailed = !healthy;

    internal void WithoutUserNamespaces(bool without) => _withoutUserNamespaces = without;

    internal void Stranded(int lrps) => Interlocked.Exchange(ref _stranded, lrps);

    internal void RequestStarted(string type) => _started.Add(1, _cell, new("request-type", type));

    internal void RequestEnded(string type, bool succeeded) => (succeeded ? _succeeded : _failed).Add(1, _cell, new("request-type", type));

    public void Dispose() => _meter.Dispose();

    private Histogram<double> Duration(string name, string description) => _meter.CreateHistogram<double>(name, "s", description);

    private void Gauge(string name, string description, Func<CellFigures, long> value) =>
        _meter.CreateObservableGauge(
            name,
            () => new Measurement<long>(Volatile.Read(ref _figures) is { } figures ? value(figures) : -1, _cell),
            null,
            description
        );

    private sealed record CellFigures(Resources Total, Resources Available, int Containers, int Starting);
}
