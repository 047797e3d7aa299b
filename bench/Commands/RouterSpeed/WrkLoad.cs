using System.Diagnostics;
using System.Globalization;

namespace Scheduler.Bench.Commands.RouterSpeed;

/// <summary>Requests by wrk, a client that is a process of its own and costs little.</summary>
internal sealed class WrkLoad(int connections, TimeSpan duration)
{
    private const string Rate = "Requests/sec:";

    /// <returns>Requests per second.</returns>
    /// <exception cref="IOException">wrk failed, or a request did.</exception>
    public async Task<double> RunAsync(int port, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "--threads",
            Math.Min(2, connections).ToString(CultureInfo.InvariantCulture),
            "--connections",
            connections.ToString(CultureInfo.InvariantCulture),
            "--duration",
            $"{duration.TotalSeconds:0}s",
            "--header",
            $"Host: {BenchServers.Host}",
            $"http://127.0.0.1:{port}/",
        ];
        using var wrk =
            Process.Start(new ProcessStartInfo("wrk", arguments) { RedirectStandardOutput = true })
            ?? throw new IOException("wrk did not start");
        var output = await wrk.StandardOutput.ReadToEndAsync(cancellationToken);
        await wrk.WaitForExitAsync(cancellationToken);
        var lines = output.Split('\n');
        if (wrk.ExitCode != 0 || lines.Any(line => line.Contains("Non-2xx", StringComparison.Ordinal) || line.Contains("Socket errors")))
            throw new IOException($"requests failed: {output}");
        var rate = lines.Single(line => line.StartsWith(Rate, StringComparison.Ordinal));
        return double.Parse(rate[Rate.Length..], CultureInfo.InvariantCulture);
    }
}
