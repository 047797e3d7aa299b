using System.CommandLine;
using Scheduler.Converger;
using Scheduler.Hosting;

namespace Scheduler.Cli.Services;

/// <summary><c>scheduler converger</c></summary>
internal static class ConvergerCommand
{
    public static Command Create(SettingSource settings)
    {
        var command = new Command("converger", "Run a converger: brings reality back to what is desired. Several stand by for each other.");
        var bbs = settings.Texts("--bbs", "URLs of the BBSs", ["http://127.0.0.1:8889"], "URL");
        var defaults = new ConvergerOptions();
        var share = settings.Fraction(
            "--paced-above-share", "When more than this share of the cells goes within --loss-window, they are given up one by one: 0 to 1", defaults.PacedAboveShare);
        var rate = settings.Fraction("--paced-cells-per-second", "How many cells a second are given up then", defaults.PacedCellsPerSecond);
        var window = settings.Duration("--loss-window", "What counts as going at once; longer than the cells' --presence-ttl", defaults.LossWindow);
        var grace = settings.Duration(
            "--loss-grace", "How long cells have to announce themselves after a converger or BBS has become active; longer than the cells' --presence-ttl", defaults.LossGrace);
        var hold = settings.Duration("--hold-without-cells", "How long no cell is given up while none at all is present", defaults.HoldWithoutCells);
        var lockTtl = settings.Duration("--lock-ttl", "How long the active converger may be silent before another takes over", defaults.LockTtl);
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
