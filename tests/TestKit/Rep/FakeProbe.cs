using Scheduler.Contracts.V1;
using Scheduler.Rep.Health;

namespace Scheduler.Tests.TestKit.Rep;

/// <summary>Answers health checks as configured by the test, by port.</summary>
public sealed class FakeProbe : ICheckProbe
{
    /// <summary>The failure of each port's check; a port without an entry passes.</summary>
    public Dictionary<uint, string> Failures { get; } = [];

    public List<uint> Attempts { get; } = [];

    Task<string?> ICheckProbe.TryAsync(CheckTarget target, Check check, CancellationToken cancellation)
    {
        var port = check.HttpCheck?.Port ?? check.TcpCheck.Port;
        Attempts.Add(port);
        return Task.FromResult(Failures.GetValueOrDefault(port));
    }
}
