using Scheduler.Bbs.Validation;
using Scheduler.Contracts.V1;
using Scheduler.Rep.Images.Registry;

namespace Scheduler.Cli;

/// <summary>The servers' own code for client commands.</summary>
internal sealed class ServerCode : IServerCode
{
    /// <summary>A helper may have to ask its user.</summary>
    private static readonly TimeSpan HelperLimit = TimeSpan.FromMinutes(1);

    private readonly RequestRules _rules = new(new RequestLimits());

    public void Check(DesireLRPRequest request) => _rules.Check(request);

    public void Check(DesireTaskRequest request) => _rules.Check(request);

    public async Task<(string User, string Password)?> FindCredentialsAsync(
        string host,
        byte[] dockerConfig,
        CancellationToken cancellation
    ) =>
        await DockerConfig.FindAsync(host, dockerConfig, "this machine's", HelperLimit, TimeProvider.System, cancellation) is { } found
            ? (found.User, found.Password)
            : null;
}
