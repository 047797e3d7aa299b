using Google.Protobuf.Reflection;
using Grpc.Core;
using Scheduler.Contracts;
using Scheduler.Contracts.V1;

namespace Scheduler.Tests.Unit.Contracts;

public sealed class RpcSafetyTests
{
    /// <summary>Methods that change state. After a lost answer, a caller must find out what happened before it calls again.</summary>
    private static readonly string[] Changing =
    [
        "ActualLRPService.Retire",
        "AuctionService.RequestLRPAuctions",
        "AuctionService.RequestTaskAuctions",
        "CellImageService.Prune",
        "CellImageService.Pull",
        "CellImageService.Remove",
        "CellLRPService.Claim",
        "CellLRPService.Crash",
        "CellLRPService.EvacuateClaimed",
        "CellLRPService.EvacuateCrashed",
        "CellLRPService.EvacuateRunning",
        "CellLRPService.EvacuateStopped",
        "CellLRPService.Remove",
        "CellLRPService.RemoveEvacuating",
        "CellLRPService.Start",
        "CellReportService.Report",
        "CellService.Keep",
        "CellService.Lose",
        "CellTaskService.Complete",
        "CellTaskService.Reject",
        "CellTaskService.Start",
        "ChangeService.Apply",
        "ConvergenceService.Apply",
        "ConvergenceService.ReportCellLoss",
        "DesiredLRPService.Desire",
        "DesiredLRPService.Remove",
        "DesiredLRPService.Update",
        "DomainService.Upsert",
        "InstanceAccess.CopyIn",
        "InstanceAccess.Exec",
        "InstanceAccess.Forward",
        "LockService.Acquire",
        "LockService.Release",
        "PlacementService.FailLRP",
        "PlacementService.RejectTask",
        "PresenceService.Announce",
        "PresenceService.Withdraw",
        "RepService.CancelTask",
        "RepService.Evacuate",
        "RepService.PerformWork",
        "RepService.StopLRP",
        "RepService.UpdateLRP",
        "TaskService.Cancel",
        "TaskService.Delete",
        "TaskService.Desire",
        "TaskService.Resolve",
    ];

    [Fact]
    public void Every_method_says_that_it_only_reads_or_was_reviewed_as_one_that_does_not()
    {
        var silent = Methods
            .Where(method => RpcSafety.LevelOf(method) != MethodOptions.Types.IdempotencyLevel.NoSideEffects)
            .Select(NameOf);

        Assert.Equal(Changing, silent.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_call_is_safe_to_repeat_when_its_method_says_so() =>
        Assert.All(
            Methods,
            method => Assert.Equal(!Changing.Contains(NameOf(method)), RpcSafety.OnlyReads(Called(method.Service.FullName, method.Name)))
        );

    [Fact]
    public void Methods_of_others_are_not_taken_for_safe() => Assert.False(RpcSafety.OnlyReads(Called("elsewhere.Service", "Get")));

    [Fact]
    public void Every_service_of_the_contract_is_known()
    {
        var services = typeof(DesiredLRP)
            .Assembly.GetTypes()
            .Select(type => type.GetProperty("Descriptor")?.GetValue(null))
            .OfType<ServiceDescriptor>()
            .Select(service => service.FullName);

        Assert.Equal(
            services.Order(StringComparer.Ordinal),
            Methods.Select(method => method.Service.FullName).Distinct().Order(StringComparer.Ordinal)
        );
    }

    private static IEnumerable<MethodDescriptor> Methods =>
        RpcSafety.ContractFiles.SelectMany(file => file.Services).SelectMany(service => service.Methods);

    private static string NameOf(MethodDescriptor method) => $"{method.Service.Name}.{method.Name}";

    private static Method<byte[], byte[]> Called(string service, string name)
    {
        var raw = Marshallers.Create(bytes => bytes, bytes => bytes);
        return new Method<byte[], byte[]>(MethodType.Unary, service, name, raw, raw);
    }
}
