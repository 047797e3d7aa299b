using System.Globalization;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Output;

/// <summary>Prints the reasons for an auction's decision.</summary>
internal static class Explanations
{
    /// <summary>Prints how many cells each rule excluded, and how the scores of the remaining cells are made up.</summary>
    public static void Print(Printer printer, PlacementExplanation explanation)
    {
        var effective = explanation.Rules.Where(rule => rule.TurnedAway > 0).ToArray();
        if (effective.Length > 0)
        {
            printer.Line("");
            printer.Table(
                ["RULE", "EXCLUDED", "NEAREST"],
                [.. effective.Select(rule => new[] { rule.Rule, $"{rule.TurnedAway} of {rule.Considered}", rule.NearestMiss })]
            );
        }

        if (explanation.Bids.Count == 0)
            return;
        printer.Line("");
        printer.Line(
            explanation.Bids.Count < explanation.Feasible
                ? $"{explanation.Feasible} cells can run it; the best ones (lowest score in the emptiest zone):"
                : $"{Count(explanation.Feasible, "cell")} can run it, best first (lowest score in the emptiest zone):"
        );
        printer.Table(
            ["CELL", "ZONE", "IN ZONE", "SCORE", "= RESOURCE", "+ STARTING", "+ LOCALITY", "+ INDEX"],
            [.. explanation.Bids.Select(Row)]
        );
    }

    public static string Count(long count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}{(count == 1 ? "" : "s")}");

    public static string Score(double score) => score.ToString("0.####", CultureInfo.InvariantCulture);

    /// <summary>The resources and constraints of a piece of work.</summary>
    public static string Demand(WorkDemand demand)
    {
        var words = $"{demand.RootFs}, {Texts.Megabytes(demand.MemoryMb)} memory, {Texts.Megabytes(demand.DiskMb)} disk";
        if (demand.PlacementTags.Count > 0)
            words += $", tags {string.Join(' ', demand.PlacementTags)}";
        return demand.VolumeDrivers.Count > 0 ? $"{words}, volume drivers {string.Join(' ', demand.VolumeDrivers)}" : words;
    }

    private static string[] Row(CellBid bid) =>
        [
            bid.CellId,
            Texts.OrDash(bid.Zone),
            bid.ZoneInstances.ToString(CultureInfo.InvariantCulture),
            Score(bid.Score),
            Score(bid.Resource),
            Score(bid.Starting),
            Score(bid.Locality),
            Score(bid.Index),
        ];
}
