package dev.ripcord.archunit;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/// How the rules are switched on.
class ContextRulesExampleTest {

    // @start region="all"
    @Test
    void contextsArePassedOn() {
        JavaClasses ours = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.ripcord.archunit");

        ContextRules.ALL.check(ours);
    }
    // @end region="all"
}
