using System.Net;
using System.Security.Cryptography;
using Scheduler.Contracts.Work;
using Scheduler.Models;
using Scheduler.Rep.Identity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Runs;

/// <summary>
/// The run of one container from its work definition to its outcome: create, set up, run. A restarted rep begins the run again,
/// finds what exists and reaches the same outcome; nothing is started twice.
/// </summary>
internal sealed class ContainerRun(RunServices services, ContainerJournal journal, WorkDefinition work, ContainerLog log, IRunEvents events)
{
    private const int LargestResult = 50 * 1024;
    private readonly StopSignal _stop = new();
    private ActionPhase? _main;

    private string Guid => work.Entry.ContainerGuid;

    /// <summary>Sends the stop signal, then SIGKILL after the grace period. Steps that have not begun never start.</summary>
    public async Task StopAsync()
    {
        if (_stop.IsRequested)
            return;
        var now = services.Time.GetUtcNow();
        await journal.UpdateAsync(entry => entry.StopRequestedAt is null ? entry with { StopRequestedAt = now } : entry);
        if (!_stop.IsRequested)
            log.Say(work.LogSource, LogStream.Stdout, $"Cell {services.Options.CellId} stopping instance {Guid}");
        _stop.Request(journal.Entry.StopRequestedAt ?? now);
    }

    /// <summary>The container no longer exists.</summary>
    public Task VanishedAsync() => _main?.VanishedAsync() ?? Task.CompletedTask;

    /// <summary>Ends when the outcome is in the journal and reported, or with a cancellation that leaves everything as it is.</summary>
    public async Task RunAsync(CancellationToken detach)
    {
        if (journal.Entry.StopRequestedAt is { } before)
            _stop.Request(before);
        var outcome = journal.Entry.Outcome;
        if (outcome is null)
        {
            outcome = await DecideAsync(detach);
            if (outcome.Reason.Length > ExitReasons.LongestReason)
                outcome = outcome with { Reason = outcome.Reason[..ExitReasons.LongestReason] };
            await journal.UpdateAsync(entry => entry with { Outcome = outcome });
            services.Metrics.ContainerCompleted();
        }

        await LogKeeping.KeepAsync(services, journal.Entry, outcome, work, log, detach);

        await events.CompletedAsync(Guid, outcome);
    }

    private async Task<Outcome> DecideAsync(CancellationToken detach)
    {
        try
        {
            var container = journal.Entry.Created ? await services.Runtime.GetAsync(Guid, detach) : await CreateAsync(detach);
            if (container is not { State: ContainerState.Ready })
                return Ended(new StepError(ExitReasons.MissingContainer));
            if (!journal.Entry.Created)
                await journal.UpdateAsync(entry => entry with { Created = true });
            await events.CreatedAsync(Guid, container);

            await using var credentials = KeepCredentials(container);
            var outcome = await WithShortageAsync(Ended(await RunStepsAsync(container, detach)), detach);
            return work.ResultFile.Length > 0 && !outcome.Stopped ? await WithResultAsync(outcome, detach) : outcome;
        }
        catch (StoppedBeforeRunningException)
        {
            return new Outcome { Stopped = true, Reason = ExitReasons.StoppedBeforeRunning };
        }
        catch (Exception failure) when (failure is ForbiddenWorkException or CredentialsException)
        {
            return new Outcome { Failed = true, Reason = failure.Message };
        }
        catch (PreparationException failure)
        {
            return new Outcome
            {
                Failed = true,
                Reason = failure.Message,
                Retryable = !failure.IsPermanent,
                Permanent = failure.IsPermanent,
            };
        }
        catch (OperationCanceledException) when (detach.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure)
        {
            services.Logger.RunFailed(Guid, failure);
            return new Outcome
            {
                Failed = true,
                Reason = failure.Message,
                Retryable = !journal.Entry.Created,
            };
        }
    }

    private async Task<ContainerInfo> CreateAsync(CancellationToken detach)
    {
        if (_stop.IsRequested)
            throw new StoppedBeforeRunningException();

        using var creating = CancellationTokenSource.CreateLinkedTokenSource(detach);
        var making = MakeAsync(creating.Token);
        await Waits.EitherAsync(making, _stop.Requested, CancellationToken.None);
        if (!making.IsCompleted)
        {
            creating.Cancel();
            await Waits.EndAsync(making);
            // If the container was created nevertheless, it is destroyed like any other stopped one.
            throw new StoppedBeforeRunningException();
        }

        return await making;
    }

    private async Task<ContainerInfo> MakeAsync(CancellationToken cancellation)
    {
        // The cell already checked the privileges in the offered demand, but the offer may have omitted them.
        string[] forbidden = [.. WorkDemands.PrivilegesOf(work.Privileged, work.Capabilities).Except(services.Options.Privileges)];
        if (forbidden.Length > 0)
            throw new ForbiddenWorkException($"cell {services.Options.CellId} does not allow {string.Join(" and ", forbidden)}");

        var mounts = await services.ContainerFiles.PrepareAsync(work, Say, cancellation);
        if (services.Identity is { } identity)
            mounts = [.. mounts, PlaceOfCredentials(identity)];
        Say($"Cell {services.Options.CellId} creating container for instance {Guid}");
        var began = services.Time.GetTimestamp();
        try
        {
            var spec = ContainerSpecBuilder.Build(
                work,
                mounts,
                [
                    .. SystemCertificates.Environment(work, services.Options.SystemCertificatesDirectory),
                    .. services.Identity is null ? [] : InstanceIdentity.Environment,
                ],
                services.Options
            );
            var container = await PullLines.DuringAsync(
                services.Runtime.CreateAsync(spec, cancellation),
                services.Runtime.Images,
                Guid,
                services.Time,
                line => Say($"Cell {services.Options.CellId} {line}")
            );
            services.Metrics.ContainerCreated(services.Time.GetElapsedTime(began), succeeded: true);
            Say($"Cell {services.Options.CellId} successfully created container for instance {Guid}");
            return container;
        }
        catch (Exception failure)
            when (failure is ContainerRuntimeException or DomainException or IOException or UnauthorizedAccessException)
        {
            // The request itself is invalid: it would fail on any cell at any time, and says nothing about this cell's health.
            var permanent = failure is DomainException { Kind: ErrorKind.InvalidRequest };
            services.Metrics.ContainerCreated(services.Time.GetElapsedTime(began), succeeded: false);
            if (!permanent)
                services.CreationFailed();
            Say($"Cell {services.Options.CellId} failed to create container for instance {Guid}: {failure.Message}");
            throw new PreparationException($"failed to create container: {failure.Message}", failure) { IsPermanent = permanent };
        }
    }

    private BindMount PlaceOfCredentials(InstanceIdentity identity)
    {
        try
        {
            return identity.Prepare(Guid);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PreparationException("failed to create credentials directory", failure);
        }
    }

    /// <exception cref="CredentialsException">The container has no valid certificate, so its peers would refuse it.</exception>
    private IAsyncDisposable? KeepCredentials(ContainerInfo container)
    {
        try
        {
            var address = container.Address ?? IPAddress.Parse(services.Options.AdvertiseAddress);
            return services.Identity?.Keep(new InstanceSubject(Guid, work.CertificateUnits, address));
        }
        catch (Exception failure) when (failure is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CredentialsException($"{ExitReasons.NoCredentials}{failure.Message}", failure);
        }
    }

    private async Task<StepError?> RunStepsAsync(ContainerInfo container, CancellationToken detach)
    {
        var context = new StepContext
        {
            Handle = Guid,
            Runtime = services.Runtime,
            Journal = journal,
            Log = log,
            Time = services.Time,
            Environment = InstanceEnvironment.OfProcess(container, services.Options.AdvertiseAddress),
            LogSource = work.LogSource,
            StopSignal = (ProcessSignal)StopSignalOf(container),
            StopDelay = work.HasHttpRoutes ? services.Options.StopDelay : TimeSpan.Zero,
            Grace =
                work.GracePeriod == TimeSpan.Zero ? services.Options.GracefulShutdown
                : work.GracePeriod < services.Options.MaxGrace ? work.GracePeriod
                : services.Options.MaxGrace,
            Files = services.Files,
            KilledAfterGrace = services.Metrics.ContainerExitedOnTimeout,
        };

        if (work.Setup is { } setup)
        {
            var began = services.Time.GetTimestamp();
            var result = await StepBuilder.Build(context, setup, "setup").RunAsync(_stop, () => { }, detach);
            services.Metrics.SetupEnded(services.Time.GetElapsedTime(began), result.Succeeded);
            if (!result.Succeeded)
                return result.Error;
        }

        var checks = new CheckBuilder(work, services, context, container);
        _main = new ActionPhase(Guid, Members(context), checks.Liveness(), checks.Readiness(), journal, events, services.Time);
        return await _main.RunAsync(_stop, detach);
    }

    /// <summary>An unknown stop signal in an image does not prevent it from running.</summary>
    private int StopSignalOf(ContainerInfo container) =>
        Signals.Parse(work.StopSignal) ?? Signals.Parse(container.StopSignal ?? "") ?? Signals.Terminate;

    private List<Step> Members(StepContext context)
    {
        var members = new List<Step> { StepBuilder.Build(context, work.Action, StepBuilder.ActionPath) };
        foreach (var (i, sidecar) in (work.Lrp?.Sidecars ?? []).Index())
            members.Add(StepBuilder.Build(context, sidecar.Action ?? new(), $"sidecar.{i}"));
        return members;
    }

    /// <summary>If the run had already begun to end by itself, a later stop does not count as the cause.</summary>
    private Outcome Ended(StepError? error)
    {
        var message = error is { Kind: not StepErrorKind.Cancelled } ? error.Message : "";
        if (_stop.IsRequested && journal.Entry.Ending is null)
            return new Outcome { Stopped = true, Reason = message };
        return new Outcome
        {
            Failed = message.Length > 0,
            Reason = message,
            Permanent = error is { Permanent: true },
        };
    }

    /// <summary>Adds a full disk to the failure reason: programs that could not write seldom show it in their exit code.</summary>
    private async Task<Outcome> WithShortageAsync(Outcome outcome, CancellationToken detach)
    {
        if (!outcome.Failed || outcome.Stopped)
            return outcome;
        return await services.Runtime.DiskShortageAsync(Guid, detach) is { } shortage
            ? outcome with
            {
                Reason = $"{outcome.Reason} ({shortage})",
            }
            : outcome;
    }

    private async Task<Outcome> WithResultAsync(Outcome outcome, CancellationToken detach)
    {
        try
        {
            var content = await services.Runtime.ReadFileAsync(Guid, work.ResultFile, LargestResult, detach);
            return outcome with { Result = System.Text.Encoding.UTF8.GetString(content) };
        }
        catch (Exception failure) when (failure is ContainerRuntimeException or DomainException)
        {
            services.Logger.NoResult(Guid, failure.Message);
            return outcome.Failed ? outcome : outcome with { Failed = true, Reason = ExitReasons.FailedToFetchResult };
        }
    }

    private void Say(string line) => Say("", line);

    private void Say(string source, string line) => log.Say(source.Length > 0 ? source : work.LogSource, LogStream.Stdout, line);

    private sealed class StoppedBeforeRunningException : Exception;

    private sealed class CredentialsException(string message, Exception inner) : Exception(message, inner);

    private sealed class ForbiddenWorkException(string message) : Exception(message);
}
