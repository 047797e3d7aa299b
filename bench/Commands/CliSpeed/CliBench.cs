using System.Diagnostics;
using Scheduler.Bench.Commands.Parts;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.CliSpeed;

/// <summary>Runs the programs in turns, so that a busy machine slows all of them alike.</summary>
internal sealed class CliBench(CliBenchOptions options, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    private static readonly string Root = FindRoot();

    public async Task<CliBenchResult> RunAsync(CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("cli-bench-").FullName;
        try
        {
            await Tool.RunAsync(Path.Combine(Root, "eng/thin-client"), ["--wait"], cancellationToken);
            var hello = await HelloAsync(directory, cancellationToken);
            // The place where clients of the same user find a running node.
            Environment.SetEnvironmentVariable("XDG_RUNTIME_DIR", directory);
            using var node = PartProcess.Start(
                "dev",
                directory,
                ["dev", "--simulated", "--data", Path.Combine(directory, "data"), "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"]
            );
            await UntilServingAsync(node, directory, cancellationToken);
            var program = Path.Combine(Root, "src/Cli/bin/Release/net10.0");
            (string Name, string[] Command)[] contestants =
            [
                ("hello-world, ahead of time", [hello]),
                ("scheduler-client lrp list", [Path.Combine(program, "scheduler-client"), "lrp", "list"]),
                ("./scheduler lrp list", [Path.Combine(Root, "scheduler"), "lrp", "list"]),
                ("dotnet scheduler.dll lrp list", ["dotnet", Path.Combine(program, "scheduler.dll"), "lrp", "list"]),
            ];
            var times = contestants.Select(_ => new List<ChildTimes>()).ToArray();
            // The first round is not counted: it reads the programs from the disk.
            for (var run = 0; run <= options.Runs; run++)
            {
                for (var i = 0; i < contestants.Length; i++)
                {
                    var one = await ChildTimes.OfAsync(StartOf(contestants[i].Command), time, cancellationToken);
                    if (run > 0)
                        times[i].Add(one);
                }
            }

            return new CliBenchResult([.. contestants.Select((contestant, i) => CommandFigures.Of(contestant.Name, times[i]))]);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static ProcessStartInfo StartOf(string[] command) =>
        new(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };

    /// <summary>Compiles the smallest program in the way the client is compiled.</summary>
    private static async Task<string> HelloAsync(string directory, CancellationToken cancellationToken)
    {
        var source = Directory.CreateDirectory(Path.Combine(directory, "hello")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(source, "hello.csproj"),
            """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <PublishAot>true</PublishAot>
                <InvariantGlobalization>true</InvariantGlobalization>
                <OptimizationPreference>Size</OptimizationPreference>
              </PropertyGroup>
            </Project>
            """,
            cancellationToken
        );
        await File.WriteAllTextAsync(Path.Combine(source, "Program.cs"), "System.Console.WriteLine(\"hello\");", cancellationToken);
        await Tool.RunAsync(
            "dotnet",
            ["publish", source, "-c", "Release", "-nologo", "-o", Path.Combine(source, "out")],
            cancellationToken
        );
        return Path.Combine(source, "out/hello");
    }

    private async Task UntilServingAsync(PartProcess node, string directory, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (!File.Exists(Path.Combine(directory, "scheduler-dev/state.json")))
        {
            if (node.HasExited || time.GetElapsedTime(began) > StartLimit)
                throw new DomainError(ErrorKind.Unknown, $"the node did not start: {node.LogTail(5)}").ToException();
            await Task.Delay(Look, time, cancellationToken);
        }
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Scheduler.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("the benchmark does not run in a clone of the repository");
    }
}
