using System.CommandLine;
using Scheduler.Bench.Commands.AuctionSpeed;
using Scheduler.Bench.Commands.BbsSpeed;
using Scheduler.Bench.Commands.CellLoss;
using Scheduler.Bench.Commands.CellSpeed;
using Scheduler.Bench.Commands.CliSpeed;
using Scheduler.Bench.Commands.ConvergeSpeed;
using Scheduler.Bench.Commands.GrpcSpeed;
using Scheduler.Bench.Commands.RouterSpeed;
using Scheduler.Bench.Commands.StoreSpeed;

namespace Scheduler.Bench.Commands;

/// <summary><c>scheduler bench …</c></summary>
internal static class BenchCommand
{
    public static Command Create() =>
        new("bench", "Run reproducible benchmarks on this machine")
        {
            AuctionBenchCommand.Create(),
            BbsBenchCommand.Create(),
            CellBenchCommand.Create(),
            CellLossCommand.Create(),
            CliBenchCommand.Create(),
            ConvergeBenchCommand.Create(),
            GrpcBenchCommand.Create(),
            RouterBenchCommand.Create(),
            StoreSpeedCommand.Create(),
        };
}
