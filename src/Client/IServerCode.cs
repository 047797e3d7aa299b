using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client;

/// <summary>What client commands need of the servers' own code. Only the whole program has it, see <see cref="WholeProgram"/>.</summary>
internal interface IServerCode
{
    /// <summary>Validates a request with the rules of the server, so that the server does not reject a valid one as invalid.</summary>
    /// <exception cref="DomainException">InvalidRequest: names the invalid fields and the rules they break.</exception>
    void Check(DesireLRPRequest request);

    /// <inheritdoc cref="Check(DesireLRPRequest)"/>
    void Check(DesireTaskRequest request);

    /// <summary>The credentials for a registry in a Docker <c>config.json</c>; null if there are none.</summary>
    /// <exception cref="DomainException">The file is invalid, or the program that it names failed. No message shows a secret.</exception>
    Task<(string User, string Password)?> FindCredentialsAsync(string host, byte[] dockerConfig, CancellationToken cancellation);
}
