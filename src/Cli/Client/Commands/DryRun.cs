using Scheduler.Bbs.Validation;
using Scheduler.Contracts.V1;

namespace Scheduler.Cli.Client.Commands;

/// <summary>What <c>--dry-run</c> says yes to, the server does not refuse for what it is: both ask the same rules.</summary>
internal static class DryRun
{
    public const string Description = "Validate the request as the server does and print it as Diego's JSON, but do not send it";

    private static readonly RequestRules Rules = new(new RequestLimits());

    /// <exception cref="Models.DomainException">InvalidRequest: names the fields and their rules.</exception>
    public static void Check(DesireLRPRequest request) => Rules.Check(request);

    /// <inheritdoc cref="Check(DesireLRPRequest)"/>
    public static void Check(DesireTaskRequest request) => Rules.Check(request);
}
