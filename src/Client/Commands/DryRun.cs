using Scheduler.Bbs.Validation;
using Scheduler.Contracts.V1;

namespace Scheduler.Cli.Client.Commands;

/// <summary>
/// Validates a request for <c>--dry-run</c> with the rules of the server, so that the server does not reject a valid one as invalid.
/// </summary>
internal static class DryRun
{
    public const string Description = "Validate the request as the server does and print it as Diego's JSON, but do not send it";

    private static readonly RequestRules Rules = new(new RequestLimits());

    /// <exception cref="Models.DomainException">InvalidRequest: names the invalid fields and the rules they break.</exception>
    public static void Check(DesireLRPRequest request) => Rules.Check(request);

    /// <inheritdoc cref="Check(DesireLRPRequest)"/>
    public static void Check(DesireTaskRequest request) => Rules.Check(request);
}
