namespace Scheduler.Tests.Simulation.Planted;

/// <summary>
/// The simulator detects faults: each one is planted from outside and detected by its rule, while the same seed without it passes that
/// rule. Set SCHEDULER_PLANTED_FROM_1=1 to search from seed 1 and rewrite the table.
/// </summary>
public sealed class PlantedFaultTests
{
    private static readonly bool FromOne = Environment.GetEnvironmentVariable("SCHEDULER_PLANTED_FROM_1") == "1";

    public static TheoryData<string> Faults => [.. PlantedFault.All.Select(fault => fault.Name)];

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_planted_fault_is_found_by_its_rule(string name)
    {
        var fault = PlantedFault.All.Single(fault => fault.Name == name);
        var finding = PlantedTrial.Search(fault, FromOne ? 1 : PlantedTable.Seeds()[name]);
        Assert.True(finding is not null, $"no seed up to {PlantedTrial.MostSeeds} breaks the rule \"{fault.Rule}\"");
        if (FromOne)
            PlantedTable.Record(fault, finding);
    }

    [Fact]
    public void The_table_holds_every_planted_fault() =>
        Assert.Equal(PlantedFault.All.Select(fault => $"{fault.Name} | {fault.Where} | {fault.Rule}"), PlantedTable.Faults());
}
