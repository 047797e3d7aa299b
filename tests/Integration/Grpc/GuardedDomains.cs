using Grpc.Core;
using Scheduler.Contracts.V1;

namespace Scheduler.Tests.Integration.Grpc;

/// <summary>A service that accepts every call, so that any refusal is due to the certificate.</summary>
internal sealed class GuardedDomains : DomainService.DomainServiceBase
{
    public override Task<UpsertDomainResponse> Upsert(UpsertDomainRequest request, ServerCallContext context) =>
        Task.FromResult(new UpsertDomainResponse());

    public override Task<ListDomainsResponse> List(ListDomainsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListDomainsResponse());
}
