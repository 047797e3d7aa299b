using System.Diagnostics;
using Scheduler.Cli.Images;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>A root filesystem with busybox, the compiled probes, and a script for each probe.</summary>
internal static class ProbeImage
{
    public const string Runner = "/probes/run";

    // Compiled once for all tests.
    private static readonly Dictionary<string, Lazy<Task<byte[]>>> Programs = ((string[])["probe", "net"]).ToDictionary(
        name => name,
        name => new Lazy<Task<byte[]>>(() => CompileAsync(name))
    );

    // A hanging probe is killed and counts as HELD; its last output is kept.
    private const string RunnerScript = """
        #!/bin/sh
        export P=/probes/bin/probe
        try() { # NAME, OUTPUT FILE
          timeout -s KILL 60 sh /probes/$1.sh >$2 2>&1
          code=$?
          case $code in 0) verdict=HIT ;; 77) verdict=ABSENT ;; 2|3|4|99|127) verdict=BROKEN ;; *) verdict=HELD ;; esac
          echo "$verdict $1 $(tail -n 1 $2 | head -c 200)"
        }
        for name in $(cat /probes/together); do try $name /tmp/said-$name & done
        wait
        for name in $(cat /probes/alone); do try $name /tmp/said; done
        """;

    public static async Task MakeAsync(string directory, IReadOnlyList<Probe> probes)
    {
        BusyboxRootFs.Make(directory);
        var home = Path.Combine(directory, "probes");
        Directory.CreateDirectory(Path.Combine(home, "bin"));
        foreach (var (name, program) in Programs)
        {
            var file = Path.Combine(home, "bin", name);
            await File.WriteAllBytesAsync(file, await program.Value);
            File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
        }

        await File.WriteAllTextAsync(Path.Combine(directory, Runner[1..]), RunnerScript.ReplaceLineEndings("\n"));
        await File.WriteAllLinesAsync(Path.Combine(home, "together"), probes.Where(probe => probe.Together).Select(probe => probe.Name));
        await File.WriteAllLinesAsync(Path.Combine(home, "alone"), probes.Where(probe => !probe.Together).Select(probe => probe.Name));
        foreach (var probe in probes)
            await File.WriteAllTextAsync(Path.Combine(home, probe.Name + ".sh"), probe.Script.ReplaceLineEndings("\n") + "\n");
    }

    private static async Task<byte[]> CompileAsync(string name)
    {
        var source = Path.Combine(AppContext.BaseDirectory, "Hostile", "Programs", name + ".c");
        var target = Path.Combine(Path.GetTempPath(), $"sct-{name}-{Guid.NewGuid():N}");
        using var compiler =
            Process.Start(new ProcessStartInfo("gcc", ["-O1", "-static", "-Wall", "-o", target, source]) { RedirectStandardError = true })
            ?? throw new InvalidOperationException("gcc did not start");
        var error = await compiler.StandardError.ReadToEndAsync();
        await compiler.WaitForExitAsync();
        if (compiler.ExitCode != 0)
            throw new InvalidOperationException($"{source} does not compile: {error}");
        try
        {
            return await File.ReadAllBytesAsync(target);
        }
        finally
        {
            File.Delete(target);
        }
    }
}
