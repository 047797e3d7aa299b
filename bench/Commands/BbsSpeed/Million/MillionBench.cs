using System.Globalization;
using Scheduler.Bench.Commands.Parts;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.BbsSpeed.Million;

/// <summary>
/// One run: fill the store, start a BBS and a standby on it, read while rows change, let a converger build its picture and audit it, then kill
/// the active BBS.
/// </summary>
/// <param name="progress">Receives progress messages, one per line.</param>
internal sealed class MillionBench(MillionOptions options, TextWriter progress, TimeProvider time)
{
    private const int Audits = 3;

    /// <summary>Of the BBS. Short, so that a slow takeover shows.</summary>
    private static readonly TimeSpan LockTtl = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AuditInterval = TimeSpan.FromSeconds(2);

    /// <summary>Between two looks at whether something is over; the measured times are exact to this.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly long _began = time.GetTimestamp();
    private string _phase = "starting";

    /// <exception cref="DomainException">A step failed or took too long; the message contains the last lines of the logs.</exception>
    public async Task<MillionResult> RunAsync(CancellationToken cancellationToken)
    {
        Enter("opening the store");
        await using var system = await SystemUnderTest.PrepareAsync(options.Store, options.Logs, options.Tls, cancellationToken);
        try
        {
            return await MeasureAsync(system, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DomainException(new DomainError(ErrorKind.Unknown, $"while {_phase}: {failure.Message}\n{system.Logs()}"), failure);
        }
    }

    private async Task<MillionResult> MeasureAsync(SystemUnderTest system, CancellationToken cancellationToken)
    {
        Enter($"storing {options.Rows} instances of {options.Processes} LRPs on {options.Cells} cells");
        await new StoredFleet(options, Tell, time).FillAsync(system.Store.Url, cancellationToken);

        Enter("starting the BBS");
        var (active, coldStart) = await StartAsync(system, "bbs", system.BbsUrl, cancellationToken);
        var coldCpu = active.Usage.Cpu;
        var loaded = active.Usage.ResidentBytes;
        Tell($"serves after {Seconds(coldStart)}");

        Enter("starting the standby");
        var (standby, copied) = await StartStandbyAsync(system, cancellationToken);

        Enter("reading one LRP at a time");
        var quiet = await new FleetReads(system.Bbs, options, time).PointsAsync(cancellationToken);
        var busy = await ReadWhileWritingAsync(system, cancellationToken);
        var served = active.Usage.ResidentBytes;
        var standbyBytes = standby.Usage.ResidentBytes;

        Enter("starting a converger");
        var picture = await ConvergeAsync(system, cancellationToken);

        Enter("killing the active BBS");
        var killed = time.GetTimestamp();
        active.Kill();
        await UntilServingAsync(system, system.StandbyUrl, [active], cancellationToken);
        var takeover = time.GetElapsedTime(killed);
        Tell($"the standby serves after {Seconds(takeover)}");
        return new MillionResult
        {
            Options = options,
            ColdStart = coldStart,
            ColdStartCpu = coldCpu,
            LoadedBytes = loaded,
            ServingBytes = served,
            StandbyBytes = standbyBytes,
            StandbyCopy = copied,
            QuietReads = quiet,
            Reads = busy.Points,
            ListFirst = busy.First,
            ListWhole = busy.Whole,
            WritesPerSecond = busy.WritesPerSecond,
            Picture = picture,
            LockTtl = LockTtl,
            Takeover = takeover,
        };
    }

    private async Task<(PartProcess Process, TimeSpan Took)> StartAsync(
        SystemUnderTest system,
        string name,
        string url,
        CancellationToken cancellationToken
    )
    {
        var began = time.GetTimestamp();
        var process = system.StartBbs(name, url, "--lock-ttl", Seconds(LockTtl));
        await UntilServingAsync(system, url, [], cancellationToken);
        return (process, time.GetElapsedTime(began));
    }

    private async Task<(PartProcess Process, TimeSpan Took)> StartStandbyAsync(SystemUnderTest system, CancellationToken cancellationToken)
    {
        var address = SystemUnderTest.FreeAddress();
        using var page = new OpsPage(address);
        var began = time.GetTimestamp();
        var process = system.StartBbs("standby", system.StandbyUrl, "--lock-ttl", Seconds(LockTtl), "--ops-listen", address);
        await UntilAsync(
            system,
            async () => await page.MetricAsync("StandbyReady", cancellationToken) == 1,
            "the standby has no copy of the state",
            [],
            cancellationToken
        );
        return (process, time.GetElapsedTime(began));
    }

    private async Task<(List<double> Points, List<double> First, List<double> Whole, double WritesPerSecond)> ReadWhileWritingAsync(
        SystemUnderTest system,
        CancellationToken cancellationToken
    )
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writer = new PacedWriter(system.Bbs, options, time);
        var writing = writer.RunAsync(ending.Token);
        try
        {
            var reads = new FleetReads(system.Bbs, options, time);
            Enter($"reading one LRP at a time while {options.Writes} are changed per second");
            var points = await reads.PointsAsync(cancellationToken);
            Enter($"listing {FleetReads.ListRows} instances while {options.Writes} LRPs are changed per second");
            var (first, whole) = await reads.ListsAsync(cancellationToken);
            var rate = writer.PerSecond;
            if (writing.IsFaulted)
                await writing;
            return (points, first, whole, rate);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAny(writing);
        }
    }

    private async Task<ConvergerPicture> ConvergeAsync(SystemUnderTest system, CancellationToken cancellationToken)
    {
        var address = SystemUnderTest.FreeAddress();
        using var page = new OpsPage(address);
        var began = time.GetTimestamp();
        var process = system.StartConverger("--audit-interval", Seconds(AuditInterval), "--ops-listen", address);
        // It counts the cells only when it has the whole snapshot.
        await UntilAsync(
            system,
            async () => await page.MetricAsync("CellsPresent", cancellationToken) == options.Cells,
            "the converger does not know everything",
            [],
            cancellationToken
        );
        var took = time.GetElapsedTime(began);
        var cpu = process.Usage.Cpu;
        Tell($"the converger knows everything after {Seconds(took)}");
        await UntilAsync(
            system,
            async () => await page.MetricAsync("ConvergenceLRPDuration_count", cancellationToken) >= Audits,
            $"the converger made no {Audits} audits",
            [],
            cancellationToken
        );
        var seconds = await page.MetricAsync("ConvergenceLRPDuration_sum", cancellationToken);
        var count = await page.MetricAsync("ConvergenceLRPDuration_count", cancellationToken);
        var bytes = process.Usage.ResidentBytes;
        system.End(process);
        return new ConvergerPicture(took, cpu, bytes, TimeSpan.FromSeconds(seconds!.Value / count!.Value));
    }

    /// <summary>Waits until the process at the URL is active and answers.</summary>
    private Task UntilServingAsync(
        SystemUnderTest system,
        string url,
        IReadOnlyCollection<PartProcess> killed,
        CancellationToken cancellationToken
    )
    {
        var lrps = new DesiredLRPService.DesiredLRPServiceClient(system.At(url));
        var request = new GetDesiredLRPRequest { ProcessGuid = StoredFleet.ProcessGuid(0) };
        return UntilAsync(system, AnswersAsync, $"{url} does not serve", killed, cancellationToken);

        async Task<bool> AnswersAsync()
        {
            try
            {
                await lrps.GetAsync(request, cancellationToken: cancellationToken);
                return true;
            }
            catch (DomainException)
            {
                return false; // it does not listen yet, or stands by
            }
        }
    }

    private async Task UntilAsync(
        SystemUnderTest system,
        Func<Task<bool>> isOver,
        string otherwise,
        IReadOnlyCollection<PartProcess> killed,
        CancellationToken cancellationToken
    )
    {
        var began = time.GetTimestamp();
        while (!await isOver())
        {
            system.ThrowIfEnded(killed);
            if (time.GetElapsedTime(began) > options.Patience)
                throw new TimeoutException($"timed out after {options.Patience.TotalSeconds} s: {otherwise}");
            await Task.Delay(Look, time, cancellationToken);
        }
    }

    private static string Seconds(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0##}s");

    private void Enter(string phase)
    {
        _phase = phase;
        Tell(phase);
    }

    private void Tell(string text)
    {
        var seconds = time.GetElapsedTime(_began).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        progress.WriteLine($"{seconds.PadLeft(6)} s  {text}");
    }
}
