using System.CommandLine;
using Scheduler.Converger;
using Scheduler.Hosting;

namespace Scheduler.Cli.Services;

/// <summary><c>scheduler converger</c></summary>
internal static class ConvergerCommand
{
    public static Command Create(SettingSource settings)
    {
        var command = new Command(
            "converger", "Run a converger: reconciles actual state with desired state; one is active, others are standbys");
        var bbs = settings.Texts("--bbs", "BBS URLs", ["http://127.0.0.1:8889"], "URL");
        var defaults = new ConvergerOptions();
        var share = settings.Fraction(
            "--paced-above-share", "Share of the cells (0 to 1) that may be lost within --loss-window before losses are paced",
            defaults.PacedAboveShare);
        var rate = settings.Fraction(
            "--paced-cells-per-second", "Cells given up per second while losses are paced", defaults.PacedCellsPerSecond);
        var window = settings.Duration(
            "--loss-window", "Window within which losses count as simultaneous; longer than the cells' --presence-ttl",
            defaults.LossWindow);
        var grace = settings.Duration(
            "--loss-grace",
            "Time for cells to announce themselves after a converger or BBS becomes active; longer than the cells' --presence-ttl",
            defaults.LossGrace);
        var hold = settings.Duration(
            "--hold-without-cells", "Time for which no cell is given up while no cell is present", defaults.HoldWithoutCells);
        var lockTtl = settings.Duration(
            "--lock-ttl", "Leader lock TTL: a standby takes over after this long without renewal", defaults.LockTtl);
        foreach (var option in (Option[])[bbs, lockTtl, share, rate, window, grace, hold])
            command.Options.Add(option);
        var component = new ComponentSettings(settings, "converger", listen: null);
        component.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new ConvergerOptions
            {
                LockTtl = parsed.GetValue(lockTtl),
                PacedAboveShare = parsed.GetValue(share),
                PacedCellsPerSecond = parsed.GetValue(rate),
                LossWindow = parsed.GetValue(window),
                LossGrace = parsed.GetValue(grace),
                HoldWithoutCells = parsed.GetValue(hold),
            };
            var host = ComponentHost.Build(
                component.Read(parsed), services => services.AddConverger(options, parsed.GetValue(bbs)!, Guid.NewGuid().ToString()));
            return ServiceRunner.RunAsync(host, cancellationToken);
        });
        return command;
    }
}
